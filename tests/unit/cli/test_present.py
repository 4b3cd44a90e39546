"""What the terminal shows is short, plain and the same everywhere."""

from rabta.cli import present


def test_what_was_not_measured_is_a_dash_and_not_zero():
    assert present.ms(None) == "–"
    assert present.percent(None) == "–"
    assert present.ms(0.0484) == "48\u00a0ms"


def test_the_language_comes_from_the_option_then_the_environment(monkeypatch):
    monkeypatch.delenv("RABTA_LANGUAGE", raising=False)
    monkeypatch.setenv("LANG", "ur_PK.UTF-8")
    assert present.language() == "ur"
    assert present.language("en") == "en"

    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert present.language() == "en"


def test_a_pipe_gets_no_colour(capsys):
    assert present.mark("down") == "○"
    assert present.strong("x", "down") == "x"


def test_a_rate_nobody_measured_is_no_number():
    assert present.bits(None, "en") == "not measured"
    assert present.bits(None, "ur") == "ناپا نہیں گیا"
    assert present.bits(4e6, "en") == "4\u00a0Mbit/s"
