"""The office is built once; reports only read it."""

import pytest

from tests.unit.report import office


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("office")
    office.build(found)
    return found
