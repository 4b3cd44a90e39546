"""From the names of countries, as lists write them, to ISO 3166-1 alpha-2."""

import re
from functools import lru_cache
from importlib import resources


_ALSO = {
    "united states": "US",
    "united states of america": "US",
    "united kingdom": "GB",
    "uk": "GB",
    "burma": "MM",
    "viet nam": "VN",
    "ivory coast": "CI",
    "republic of the congo": "CG",
    "democratic republic of congo": "CD",
    "democratic republic of the congo": "CD",
    "drc": "CD",
    "swaziland": "SZ",
    "czech republic": "CZ",
    "turkiye": "TR",
    "türkiye": "TR",
    "syrian arab republic": "SY",
    "russian federation": "RU",
    "lao people's democratic republic": "LA",
    "saint martin": "MF",
    "macedonia": "MK",
    "korea, republic of": "KR",
    "tanzania, united republic of": "TZ",
    "cape verde": "CV",
    "the gambia": "GM",
    "turks and caicos islands": "TC",
    "federated states of micronesia": "FM",
    "reunion": "RE",
    "timor-leste": "TL",
    "timor leste": "TL",
    "great britain": "GB",
    "central african republic": "CF",
    "democratic republic of": "CD",
    "saint kitts and nevis": "KN",
    "myanmar/burma": "MM",
    "bonaire, sint eustatius and saba": "BQ",
    "curacao": "CW",
    "brunei darussalam": "BN",
    "kyrgyz republic": "KG",
    "sao tome and principe": "ST",
}


def code(name: str) -> str:
    """Return the two letters of a country; empty for a name that is not known."""
    text = name.strip()
    if len(text) == 2 and text.isalpha():
        return text.upper()
    plain = re.sub(r"\s*\(.*?\)", "", text.lower().replace("’", "'")).strip()
    known = _known()
    return _ALSO.get(plain) or known.get(plain) or known.get(plain.split(",")[0], "")


@lru_cache
def _known() -> dict[str, str]:
    """Read the table that comes with the time zones."""
    found: dict[str, str] = {}
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab")
    for line in table.read_text("utf-8").splitlines():
        letters, _, name = line.partition("\t")
        if not line.startswith("#"):
            for one in re.split(r"[()]", name):
                found.setdefault(one.strip().lower().replace("st ", "saint "), letters)
                found.setdefault(one.strip().lower(), letters)
    found.pop("", None)
    return found
