"""The daemon: the only room that knows the whole line, from uplinks to verdicts."""
