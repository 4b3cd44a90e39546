"""A recording that others labelled says the same live as in a file."""

import json

from tests.unit.detect.recorded import DATA, needs_data


FILE = DATA / "ioda-signals" / "ioda_country_IQ_iraq.csv"
SIGNALS = ("bgp=bgp", "ping-slash24=ping-slash24", "merit-nt=merit-nt")


@needs_data
def test_iraqs_exams_are_one_pattern_in_the_store_and_the_one_of_the_file(
    rabta, tmp_path
):
    about = ("--entity", "country/IQ")
    chosen = [word for one in SIGNALS for word in ("--signal", one)]
    done = rabta("import", "--store", tmp_path, *about, *chosen, FILE)
    assert done.returncode == 0, done.stderr

    lines = rabta("events", "--store", tmp_path).stdout.splitlines()
    assert "4\u00a0h × 8" in lines[0]
    assert "04:00 to 08:00 local time, 8 times" in lines[1]
    stored = patterns(rabta("events", "--store", tmp_path, "--json"))
    told = patterns(rabta("detect", "--json", *about, *chosen, FILE))
    assert stored[::-1] == told
    assert len(told) == 8


def patterns(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["pattern"] for line in done.stdout.splitlines()]
