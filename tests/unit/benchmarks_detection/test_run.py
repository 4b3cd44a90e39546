"""How the benchmark of detection ends."""

import sys

import pytest
from benchmarks.detection import real, run


@pytest.mark.parametrize(
    ("bars", "code", "line"), [([], 0, ""), (["mean F1"], 4, "wrong: mean F1")]
)
def test_less_found_than_the_bar_is_a_wrong_result(
    monkeypatch, capsys, bars, code, line
):
    monkeypatch.setattr(sys, "argv", ["run.py", "--family", "smooth"])
    monkeypatch.setattr(run, "family", lambda name, *, short: bars)

    assert run.main() == code
    assert capsys.readouterr().out.strip() == line


def test_less_found_in_labelled_recordings_is_one_too(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["real.py", "--only", "delays"])
    monkeypatch.setitem(real.PARTS, "delays", lambda *, short: ["0.9"])

    assert real.main() == 4
    assert capsys.readouterr().out.strip() == "wrong: 0.9"
