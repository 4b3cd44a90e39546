"""Files that go on where they stopped: one file per protocol."""
