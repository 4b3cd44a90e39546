"""Numbered SQL files of the queue, applied in order, never changed once released."""
