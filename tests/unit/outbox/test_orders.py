"""What cannot work is refused when it is queued, with the cure."""

import sys
from datetime import datetime
from pathlib import Path

import pytest

from rabta.clock import HOUR, SECOND
from rabta.errors import PlatformError, UsageError
from rabta.outbox.deadline import deadline_of
from rabta.outbox.limit import bits
from rabta.outbox.orders import call_order, download_order, upload_order
from rabta.outbox.secret import refuse_secrets_in


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://host/x", "http:///x", "file:///etc/passwd", "http://h:99999/"),
        *("http://host/a b", "host/x", "", "http://[::1/x", "rsync:/x"),
    ],
)
def test_urls_that_lead_nowhere(url):
    with pytest.raises(UsageError):
        upload_order(Path(__file__), url)


def test_a_password_in_a_url_is_refused():
    with pytest.raises(UsageError, match="password"):
        call_order("https://me:secret@host/")
    with pytest.raises(UsageError, match="Authorization"):
        call_order("https://host/", headers=["Authorization=Bearer abc"])


@pytest.mark.parametrize("line", ["none", "a b=c", "x=a\nb", "=x"])
def test_headers_that_are_none(line):
    with pytest.raises(UsageError):
        call_order("https://host/", headers=[line])


def test_files_are_looked_at(tmp_path):
    with pytest.raises(UsageError):
        upload_order(tmp_path / "none", "https://host/")
    with pytest.raises(UsageError, match="not a file"):
        upload_order(tmp_path, "https://host/")
    (tmp_path / "there").touch()
    with pytest.raises(UsageError, match="--overwrite"):
        download_order("https://host/there", tmp_path)
    with pytest.raises(UsageError, match="no folder"):
        download_order("https://host/there", tmp_path / "none" / "x")
    assert download_order("https://host/x?t=secret", tmp_path).title == (
        "https://host/x → x"
    )


def test_calls_have_a_key_each():
    keys = {call_order("https://host/").key for _ in range(3)}
    assert len(keys) == 3
    assert "" not in keys


def test_rates_and_deadlines():
    assert (bits("500k"), bits("2M"), bits("")) == (5e5, 2e6, 0.0)
    with pytest.raises(UsageError):
        bits("fast")
    now = 1_700_000_000 * SECOND
    assert deadline_of("", now) is None
    assert deadline_of("2h", now) == now + 2 * HOUR
    at = deadline_of("18:00", now)
    assert now < at <= now + 24 * HOUR
    assert datetime.fromtimestamp(at / SECOND).astimezone().hour == 18
    with pytest.raises(UsageError, match="18:00"):
        deadline_of("soon", now)


@pytest.mark.parametrize(
    ("url", "module", "package"),
    [("s3://a/b", "botocore", "botocore"), ("gs://a/b", "google.auth", "google-auth")],
)
def test_what_signs_must_be_installed(monkeypatch, url, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(PlatformError) as raised:
        upload_order(Path(__file__), url)
    assert f"pip install {package}" in raised.value.hint


@pytest.mark.parametrize(
    "argv",
    [
        ("curl", "-H", "Authorization: Bearer abc", "http://host/"),
        ("git", "push", "https://me:secret@host/r.git"),
        ("tool", "--password=hush"),
        ("tool", "--api-key", "hush"),
    ],
)
def test_a_command_line_that_holds_a_secret_is_not_queued(argv):
    with pytest.raises(UsageError, match="looks like a secret") as refused:
        refuse_secrets_in(argv)
    assert "{file:/path}" in refused.value.hint


@pytest.mark.parametrize(
    "argv",
    [
        ("curl", "-H", "Authorization: Bearer $TOKEN", "http://host:80/a@b"),
        ("rsync", "-a", "me@host:x", "ssh://me@host/y"),
        ("tool", "--token-file", "/path", "--no-token", "--force"),
        ("tool", "--password={file:/path}"),
    ],
)
def test_a_command_line_that_only_names_one_is(argv):
    refuse_secrets_in(argv)
