"""``rabta config``, as a user types it."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def rabta(tmp_path):
    env = {"HOME": str(tmp_path), "TZ": "Asia/Karachi", "PATH": "/usr/bin:/bin"}

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "rabta", "config", *arguments],
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_init_writes_an_example_that_checks_and_is_not_overwritten(rabta, tmp_path):
    place = tmp_path / ".config/rabta/rabta.toml"

    assert rabta("init").stdout == f"wrote {place}\n"
    assert "fine; country PK, 2 services" in rabta("check").stdout
    again = rabta("init")
    assert again.returncode == 2
    assert "--force replaces it" in again.stderr
    assert rabta("init", "--force").returncode == 0


def test_every_commented_line_of_the_example_is_valid(rabta, tmp_path):
    """What the example shows in comments can be used by removing the '#'."""
    rabta("init")
    place = tmp_path / ".config/rabta/rabta.toml"
    lines = place.read_text("utf-8").splitlines()
    place.write_text(
        "\n".join(
            line[1:] if line.startswith("#") and line[1:2] not in ("", " ") else line
            for line in lines
        ),
        "utf-8",
    )

    done = rabta("show", "--json")

    assert done.stderr == ""
    assert json.loads(done.stdout)["values"]["uplink[1].name"] == "jazz"


def test_add_then_show_tells_value_and_origin(rabta, tmp_path):
    place = tmp_path / ".config/rabta/rabta.toml"

    added = rabta("add", "slack", "https://shop.example.pk/health", "--json")
    shown = json.loads(rabta("show", "--origin", "--json").stdout)

    assert json.loads(added.stdout)["added"] == ["slack", "shop.example.pk-health"]
    assert shown["file"] == str(place)
    assert shown["values"]["services"][-2:] == ["slack", "shop.example.pk-health"]
    assert shown["origins"]["services"] == f"{place}:1"
    assert shown["origins"]["dashboard.port"] == "default"


def test_show_prints_one_line_for_each_key(rabta):
    lines = rabta("show", "--origin").stdout.splitlines()

    assert any(line.startswith("dashboard.port") and "4880" in line for line in lines)
    assert any("# time zone Asia/Karachi" in line for line in lines)


def test_add_without_a_service_lists_the_catalogue(rabta):
    assert "Payoneer" in rabta("add").stdout
    assert "payoneer" in json.loads(rabta("add", "--json").stdout)


def test_check_refuses_what_load_would_not_notice(rabta, tmp_path):
    file = tmp_path / "rabta.toml"
    file.write_text("[dashboard]\ntoken_file = 'none'\n", "utf-8")

    done = rabta("--config", str(file), "check")

    assert done.returncode == 2
    assert done.stdout == ""
    assert "cannot read the secret" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_check_reports_a_problem_as_json_too(rabta, tmp_path):
    file = tmp_path / "rabta.toml"
    file.write_text("prot = 1\n", "utf-8")

    done = rabta("--config", str(file), "check", "--json")

    assert done.returncode == 2
    assert json.loads(done.stdout)["ok"] is False


def test_path_tells_the_place_even_before_there_is_a_file(rabta, tmp_path):
    place = str(tmp_path / ".config/rabta/rabta.toml")

    assert rabta("path").stdout.strip() == place
    assert json.loads(rabta("path", "--json").stdout) == {
        "path": place,
        "exists": False,
    }


def test_reading_the_configuration_stays_light():
    """Nothing beyond the standard library, so that ``rabta status`` is quick."""
    code = (
        "import sys; from rabta.config import load; load()\n"
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('msgspec', 'dns', 'cryptography', 'duckdb', 'numpy', 'asyncio', 'tomlkit')"
        " or m == 'rabta.model'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_a_token_is_made_beside_the_configuration(rabta, tmp_path):
    file = tmp_path / "rabta.toml"

    done = rabta("token", "--config", str(file))

    assert done.returncode == 0, done.stderr
    made = tmp_path / "token"
    assert f'token_file = "{made}"' in done.stdout
    assert made.read_text().strip() not in done.stdout

    file.write_text(f'[dashboard]\nhost = "0.0.0.0"\ntoken_file = "{made}"\n', "utf-8")
    assert rabta("check", "--config", str(file)).returncode == 0

    made.write_text("short\n")
    refused = rabta("check", "--config", str(file))
    assert refused.returncode != 0
    assert "too short" in refused.stderr
