"""What is said when Rabta starts."""

import pytest

from rabta.api.up import greeting
from rabta.config import Config, Dashboard, Store


def said(tmp_path, host, language="en", sign_in=""):
    config = Config(Store(tmp_path), language=language, dashboard=Dashboard(host))
    return greeting(config, f"http://{host}:4880/", sign_in)


def test_on_this_machine_alone_there_is_nothing_to_warn_of(tmp_path):
    for host in ("127.0.0.1", "localhost", "::1"):
        assert len(said(tmp_path, host)) == 1


@pytest.mark.parametrize(
    ("language", "word"), [("en", "unencrypted"), ("ur", "بغیر رمز")]
)
def test_where_others_reach_it_the_cure_is_told_before_the_link(
    tmp_path, language, word
):
    lines = said(tmp_path, "192.168.1.10", language, "/signin?key=x")

    assert word in lines[1]
    assert "192.168.1.10" in lines[1]
    assert "ssh -L" in lines[1]
    assert lines[2].endswith("http://192.168.1.10:4880/signin?key=x")
