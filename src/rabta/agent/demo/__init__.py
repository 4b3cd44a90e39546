"""A simulated office and month, through the real pipeline.

Nothing here pretends to be a measurement: every page and every answer of the API says
that it is simulated.
"""
