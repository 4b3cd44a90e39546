"""How a step of the check says that it failed."""


class BrokenError(Exception):
    """A step failed; *key* and *values* are the finding."""

    def __init__(self, key: str, **values: str | float) -> None:
        super().__init__(key)
        self.key = key
        self.values = values
