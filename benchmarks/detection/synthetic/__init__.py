"""Seeded recordings with known disruptions, from two unrelated families.

``smooth``: sines, correlated noise, rectangular outages, time of day that never moves.
``rough``: random day shapes and daylight saving, counts and shares drawn from over-
dispersed distributions whose noise changes regime, ramps, stages and flapping.
"""
