"""Tests marked ``lab`` run as root over networks of their own, one set a module."""

from tests.lab.reexec import (
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_configure_node,
    pytest_runtest_logreport,
    pytest_runtest_protocol,
)


__all__ = [
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_configure_node",
    "pytest_runtest_logreport",
    "pytest_runtest_protocol",
]
