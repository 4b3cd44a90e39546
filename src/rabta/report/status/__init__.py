"""A page a firm can show its clients: states, ninety days, what happened. Static.

Only what is named in ``[status_page]`` is on it, by the title given there.
"""
