"""What a disruption costs: money as a range, by named methods, each with its source.

``country`` prices an event of a whole country, ``firm`` one's own work. Pure: figures
come from the tables beside the code or from the caller, times and clocks as arguments.
"""
