"""Time is injected: one module alone asks the system for it."""

import ast
from pathlib import Path

import pytest

import rabta


ROOT = Path(rabta.__file__).parent
ASKING = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"},
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
}
WITH_ARGUMENT = {"localtime", "gmtime", "ctime", "strftime"}


def asks(node):
    """Whether a call reads the system's clock."""
    match node.func:
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            bare = module == "time" and name in WITH_ARGUMENT
            return name in ASKING.get(module, ()) or (
                bare and len(node.args) < 1 + (name == "strftime")
            )
    return False


def calls(text):
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and asks(node)
    ]


@pytest.mark.parametrize(
    "text", ["time.time()", "time.localtime()", "datetime.now(UTC)", "time.monotonic()"]
)
def test_such_calls_are_seen(text):
    assert calls(text)


def test_no_other_module_asks_what_time_it_is():
    files = [file for file in ROOT.rglob("*.py") if "node_modules" not in file.parts]
    found = {
        str(file.relative_to(ROOT)): lines
        for file in files
        if (lines := calls(file.read_text("utf-8")))
    }

    assert len(files) > 100
    assert set(found) == {"clock.py"}, found
