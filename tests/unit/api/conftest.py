"""A served sample office, shared by the tests that only read."""

from collections.abc import Iterator

import pytest

from tests.browser.office import Office, office


@pytest.fixture(scope="module")
def served() -> Iterator[Office]:
    with office() as one:
        yield one
