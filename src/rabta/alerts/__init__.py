"""Who is told what and when: alerts are jobs of the outbox.

So they wait for a line, survive a restart, go over whichever uplink works, bear the
time at which it happened, and are handed over once.
"""
