"""Service levels: figures of a line as bounds, and the terms they are held against.

Time in which nothing is known is neither good nor bad: every figure is a pair of
bounds that would hold whatever had happened then.
"""
