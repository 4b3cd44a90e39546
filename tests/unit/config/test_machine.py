"""What the machine itself tells: country, language, paths, and who reads a secret."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rabta.config import country, paths, read_secret, read_token, write_token
from rabta.errors import ConfigError


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Asia/Karachi", "PK"), ("Europe/Berlin", "DE"), ("Etc/UTC", ""), ("", "")],
)
def test_a_time_zone_tells_the_country(zone, expected):
    assert country.country_of(zone) == expected


def test_the_zone_is_read_from_the_link_that_sets_it(tmp_path):
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Asia/Karachi")

    assert country.zone_name({}, link) == "Asia/Karachi"
    assert country.zone_name({"TZ": ":Europe/Paris"}, link) == "Europe/Paris"


def test_without_a_link_the_zone_is_read_from_its_file_or_unknown(tmp_path):
    copied, text = tmp_path / "localtime", tmp_path / "timezone"
    copied.write_bytes(b"TZif")

    assert country.zone_name({}, copied, text) == ""
    text.write_text("Asia/Karachi\n", "utf-8")
    assert country.zone_name({}, copied, text) == "Asia/Karachi"


def test_the_packaged_zones_serve_where_the_system_has_none(monkeypatch, tmp_path):
    monkeypatch.setattr(country, "_SYSTEM_ZONES", tmp_path / "none")
    country._countries.cache_clear()

    assert country.country_of("Asia/Karachi") == "PK"


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"LANG": "ur_PK.UTF-8"}, "ur"),
        ({"LC_ALL": "C", "LANG": "ur_PK"}, "en"),
        ({"LANG": "de_DE"}, "en"),
        ({}, "en"),
    ],
)
def test_the_locale_tells_the_language(env, expected):
    assert country.language_of(env) == expected


def test_files_live_where_xdg_says():
    env = {"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "relative"}

    assert paths.config_file(env) == Path("/c/rabta/rabta.toml")
    assert paths.data_folder(env) == Path("/h/.local/share/rabta")


def test_a_secret_is_read_from_a_private_file(tmp_path):
    file = tmp_path / "token"
    file.write_text(" s3cret\n", "utf-8")
    file.chmod(0o600)

    assert read_secret(file) == "s3cret"


@pytest.mark.parametrize(
    ("content", "mode", "expected"),
    [
        (b"s3cret", 0o644, "others on this machine can read this secret; run: chmod"),
        (b" \n", 0o600, "the secret is empty"),
        (b"\xff", 0o600, "not UTF-8 text"),
    ],
)
def test_a_secret_that_is_none_is_refused(content, mode, expected, tmp_path):
    file = tmp_path / "token"
    file.write_bytes(content)
    file.chmod(mode)

    with pytest.raises(ConfigError, match=expected):
        read_secret(file)


def test_a_missing_secret_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"token: cannot read the secret: No such"):
        read_secret(tmp_path / "token")


def test_a_token_that_is_made_is_one_that_is_accepted(tmp_path):
    file = tmp_path / "deep" / "token"
    write_token(file)

    assert len(read_token(file)) >= 32
    assert file.stat().st_mode & 0o777 == 0o600

    first = read_token(file)
    with pytest.raises(ConfigError, match="--force"):
        write_token(file)
    assert read_token(file) == first
    file.chmod(0o644)
    write_token(file, force=True)
    assert read_token(file) != first


def test_of_two_who_make_a_token_at_once_one_is_told_that_it_is_there(tmp_path):
    together = threading.Barrier(2)

    def make(file):
        together.wait()
        try:
            write_token(file)
        except ConfigError:
            return 0
        return 1

    with ThreadPoolExecutor(2) as both:
        for number in range(20):
            file = tmp_path / str(number)
            assert sum(both.map(make, (file, file))) == 1
            assert read_token(file)


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("fifteen-letters", "too short: it has 15 characters, and 16 are the least"),
        ("sixteen  and more", "no blank"),
        ("رابطہ رابطہ رابطہ رابطہ", "ASCII"),
    ],
)
def test_a_token_that_could_be_guessed_or_not_be_sent_is_refused(tmp_path, token, says):
    file = tmp_path / "token"
    file.write_text(f"{token}\n", "utf-8")
    file.chmod(0o600)

    with pytest.raises(ConfigError) as caught:
        read_token(file)

    assert str(caught.value).startswith(f"{file}:1: ")
    assert says in str(caught.value)
    assert "rabta config token" in str(caught.value)
