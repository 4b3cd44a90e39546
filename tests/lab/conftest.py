"""Tests of this folder share one lab for each module."""

from collections.abc import Iterator

import pytest

from .world import Lab


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Build a lab with as many uplinks as the module's UPLINKS says (2)."""
    with Lab(getattr(request.module, "UPLINKS", 2)) as built:
        yield built
