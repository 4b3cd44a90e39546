"""On which continent a country counts, which some services sort their files by."""

from functools import lru_cache


_COUNTRIES = {
    "AF": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM"
    " LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD"
    " TG TN TZ UG YT ZA ZM ZW",
    "AN": "AQ BV GS HM TF",
    "AS": "AE AF AM AZ BD BH BN BT CC CN CX GE HK ID IL IN IO IQ IR JO JP KG KH KP KR"
    " KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA SA SG SY TH TJ TM TR TW UZ"
    " VN YE",
    "EU": "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE"
    " IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM"
    " UA VA XK",
    "NA": "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC"
    " MF MQ MS MX NI PA PM PR SV SX TC TT US VC VG VI",
    "OC": "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TL TO TV UM VU"
    " WF WS",
    "SA": "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
}
"""By GeoNames' table of countries, which address registries and M-Lab follow."""


@lru_cache
def _continents() -> dict[str, str]:
    return {
        country: continent
        for continent, countries in _COUNTRIES.items()
        for country in countries.split()
    }


@lru_cache
def neighbours(country: str) -> frozenset[str]:
    """Return the countries of *country*'s continent; none where there is no such."""
    here = _continents().get(country)
    return frozenset(one for one, there in _continents().items() if there == here)


def continent(country: str) -> str:
    """Return two letters for a country's two.

    Raises:
        KeyError: there is no such country.
    """
    return _continents()[country]
