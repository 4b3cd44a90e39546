"""Tests of this folder run inside namespaces and share one lab for each module."""

from collections.abc import Iterator

import pytest

from .reexec import (
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_runtest_logreport,
    pytest_runtest_protocol,
)
from .world import Lab


__all__ = [
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_runtest_logreport",
    "pytest_runtest_protocol",
]


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Build a lab with as many uplinks as the module's UPLINKS says (2)."""
    with Lab(getattr(request.module, "UPLINKS", 2)) as built:
        yield built
