"""Run the tests marked ``lab`` in a second pytest, inside namespaces of its own.

The outer pytest starts one inner pytest for each module, which sends its reports back
over a pipe, so that results look as if the tests had run in place.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from typing import Any

import pytest

from .unshared import obstacle, unshared


_PIPE = "RABTA_LAB_REPORTS"
_WHOLE = "rabta_whole_modules"
_reports: dict[str, list[pytest.TestReport]] = defaultdict(list)
_done: set[str] = set()
_words: dict[str, str] = {}


def is_inside() -> bool:
    """Whether this is the inner pytest."""
    return _PIPE in os.environ


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot run here, with the reason."""
    concerned = [item for item in items if item.get_closest_marker("lab")]
    if concerned and not is_inside() and obstacle():
        for item in concerned:
            item.add_marker(pytest.mark.skip(reason=obstacle()))


def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> bool | None:
    """Outside, let the inner pytest run *item* and pass its reports on."""
    if is_inside() or not item.get_closest_marker("lab") or obstacle():
        return None
    if item.nodeid not in _done:
        _run_inside(item.config, _company(item))
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in _reports.pop(item.nodeid, None) or [_lost(item)]:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    # what tests in place before it set up for this module would else be left standing
    item.session._setupstate.teardown_exact(nextitem)
    return True


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Inside, send *report* out."""
    if is_inside():
        _send(report)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist whether it is handed whole modules."""
    node.workerinput[_WHOLE] = node.config.getoption("dist") == "loadfile"


def _company(item: pytest.Item) -> list[pytest.Item]:
    """The tests to run along with *item*: those of its module, as they share a lab."""
    if not getattr(item.config, "workerinput", {_WHOLE: True})[_WHOLE]:
        return [item]
    return [
        other
        for other in item.session.items
        if other.path == item.path and other.get_closest_marker("lab")
    ]


def _run_inside(config: pytest.Config, items: list[pytest.Item]) -> None:
    read, write = os.pipe()
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    argv += ["-p", "no:xdist", "--rootdir", str(config.rootpath)]
    argv += ["-p", "no:hypothesispytest"]  # no lab needs it, and it takes a second
    with tempfile.TemporaryFile("w+") as output:
        inner = subprocess.Popen(
            unshared([*argv, *(item.nodeid for item in items)]),
            cwd=config.rootpath,
            env={**os.environ, _PIPE: str(write), "PYTEST_ADDOPTS": ""},
            pass_fds=[write],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        os.close(write)
        with os.fdopen(read) as lines:
            for data in map(json.loads, lines):
                report = config.hook.pytest_report_from_serializable(
                    config=config, data=data
                )
                _reports[report.nodeid].append(report)
        inner.wait()
        output.seek(0)
        said = output.read()
    for item in items:
        _done.add(item.nodeid)
        _words[item.nodeid] = said


def _send(report: pytest.TestReport) -> None:
    data = _config.hook.pytest_report_to_serializable(config=_config, report=report)
    os.write(int(os.environ[_PIPE]), json.dumps(data, default=str).encode() + b"\n")


_config: pytest.Config


def pytest_configure(config: pytest.Config) -> None:
    """Remember the configuration for the hooks that are not given it."""
    global _config  # noqa: PLW0603
    _config = config


def _lost(item: pytest.Item) -> pytest.TestReport:
    return pytest.TestReport(
        item.nodeid,
        item.location,
        {},
        "failed",
        f"the lab's pytest ended without a report:\n{_words.get(item.nodeid, '')}",
        "call",
    )


__all__ = [
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_configure_node",
    "pytest_runtest_logreport",
    "pytest_runtest_protocol",
]
