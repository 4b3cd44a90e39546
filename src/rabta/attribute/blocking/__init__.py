"""Blocked, throttled, down or fine: the judgement of one trial, by rules as data."""

from rabta.attribute.blocking.apps import conclude, web
from rabta.attribute.blocking.verdict import MODEL, find


__all__ = ["MODEL", "conclude", "find", "web"]
