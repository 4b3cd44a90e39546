"""Adding a service changes one line and nothing else."""

import stat

import pytest

from rabta.config import load
from rabta.config.edit import add_service
from rabta.errors import ConfigError, UsageError


@pytest.fixture
def file(tmp_path):
    return tmp_path / "rabta.toml"


def names(file):
    return [service.name for service in load(file, {}).services]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '# mine\nservices = ["gmail"] # yes\n',
            '# mine\nservices = ["gmail", "github"] # yes\n',
        ),
        ("services = []\n", 'services = ["github"]\n'),
        ("services = ['gmail',]\n", "services = ['gmail', \"github\"]\n"),
        (
            "services = [\n 'gmail', # ] a\n # more\n]\nlanguage = 'en'\n",
            "services = [\n 'gmail', \"github\" # ] a\n # more\n]\nlanguage = 'en'\n",
        ),
        (
            "services = [\n  'gmail' # mail\n]\n",
            "services = [\n  'gmail', \"github\" # mail\n]\n",
        ),
        (
            "services = ['https://x.pk/a#b']\n",
            "services = ['https://x.pk/a#b', \"github\"]\n",
        ),
        ("services = ['gmail']\r\n", "services = ['gmail', \"github\"]\r\n"),
    ],
)
def test_comments_and_layout_stay(before, after, file):
    file.write_bytes(before.encode())

    add_service(file, "github")

    assert file.read_bytes().decode() == after
    assert names(file)[-1] == "github"


def test_what_was_measured_by_default_stays(file):
    file.write_text('# notes\nlanguage = "ur"\n', "utf-8")

    add_service(file, "slack")

    assert names(file) == ["github", "gmail", "slack"]
    assert "# notes\n" in file.read_text("utf-8")


def test_a_missing_file_is_made(tmp_path):
    file = tmp_path / "new" / "rabta.toml"

    assert add_service(file, "https://shop.example.pk/").title == "shop.example.pk"
    assert names(file)[-1] == "shop.example.pk"


def test_the_same_service_is_not_added_twice(file):
    file.write_text('services = ["github"]\n', "utf-8")

    with pytest.raises(UsageError, match="'github' is already in"):
        add_service(file, "github")
    assert file.read_text("utf-8") == 'services = ["github"]\n'


def test_an_unknown_name_is_answered_with_the_nearest(file):
    with pytest.raises(UsageError, match="did you mean 'github'"):
        add_service(file, "gihub")
    assert not file.exists()


def test_a_file_with_a_mistake_is_left_alone(file):
    file.write_text("services = ['github'\n", "utf-8")

    with pytest.raises(ConfigError):
        add_service(file, "gmail")
    assert file.read_text("utf-8") == "services = ['github'\n"


def test_a_list_that_cannot_be_edited_safely_is_left_alone(file):
    text = 'services = ["https://x.pk/\\"]"]\n'
    file.write_text(text, "utf-8")

    with pytest.raises(ConfigError, match='add "gmail" by hand'):
        add_service(file, "gmail")
    assert file.read_text("utf-8") == text


def test_links_and_permissions_survive(tmp_path, file):
    real = tmp_path / "real.toml"
    real.write_text("services = []\n", "utf-8")
    real.chmod(0o640)
    file.symlink_to(real)

    add_service(file, "github")

    assert file.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert names(real) == ["github"]


def test_a_folder_that_takes_no_file_is_told_in_one_line(tmp_path):
    (tmp_path / "taken").write_bytes(b"")

    with pytest.raises(ConfigError, match=r"rabta\.toml: cannot be written: "):
        add_service(tmp_path / "taken" / "rabta.toml", "slack")
