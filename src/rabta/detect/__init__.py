"""Arrays in, anomalies and disruptions out.

Pure: no input or output, no clock. One kernel serves live ticks, replay and batch.
"""
