"""The files of texts: JSON would take a key told twice, and forget the first."""

import json
from collections import Counter
from pathlib import Path

import pytest

import rabta.locale
from rabta.locale import LANGUAGES, texts


def keys_of(file: Path) -> list[str]:
    """Return the keys of all texts in *file*, joined by dots, repeated ones too."""

    def flat(pairs: list[tuple[str, object]]) -> object:
        if any(key == "other" for key, _ in pairs):
            return None
        return [
            f"{key}.{rest}" if rest else key
            for key, value in pairs
            for rest in (value if isinstance(value, list) else [""])
        ]

    return json.loads(file.read_bytes(), object_pairs_hook=flat)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_told_twice(language):
    files = Path(rabta.locale.__file__).with_name(language).glob("*.json")

    told = Counter(key for file in files for key in keys_of(file))

    assert [key for key, times in told.items() if times > 1] == []
    read = texts.__wrapped__(language)  # anew: others may have added their own
    assert told.keys() == read.keys()
