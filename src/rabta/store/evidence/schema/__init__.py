"""Numbered SQL files of the log, applied in order, never changed once released."""
