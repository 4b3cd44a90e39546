"""What does each of Top10VPN's totals imply? See benchmarks/README.md.

    python benchmarks/cost/top10vpn.py FOLDER

FOLDER holds `shutdowns/top10vpn_YEAR.csv` and `economy/gdp.csv` (World Bank), which are
no part of the repository. For every country and year: USD an hour, and the share of
that year's GDP an hour of disruption would take. NetBlocks COST's rate for a whole
blackout of Pakistan implies 5.75 %; a row far below it is mostly blocks, provinces or
slow lines priced by the hour, a row above it cannot come from COST's formula at a
digital share as published.
"""

import argparse
import csv
import sys
from pathlib import Path
from statistics import median


YEARS = range(2019, 2026)
BLACKOUT = 0.0575
NAMES = {
    "Congo DRC": "Congo, Dem. Rep.",
    "DRC": "Congo, Dem. Rep.",
    "Egypt": "Egypt, Arab Rep.",
    "Gambia": "Gambia, The",
    "Iran": "Iran, Islamic Rep.",
    "Kyrgyzstan": "Kyrgyz Republic",
    "Pakistan - Azad Kashmir": "Pakistan",
    "Republic of Congo": "Congo, Rep.",
    "Russia": "Russian Federation",
    "Syria": "Syrian Arab Republic",
    "Turkey": "Turkiye",
    "Venezuela": "Venezuela, RB",
    "Vietnam": "Viet Nam",
    "Yemen": "Yemen, Rep.",
    "eSwatini": "Eswatini",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    gdp = products(folder / "economy/gdp.csv")
    shares, unknown = [], 0
    print(
        "year country                        USD m     hours    USD k/h  of GDP  ratio"
    )
    for year in YEARS:
        rows = table(folder / f"shutdowns/top10vpn_{year}.csv")
        for row in rows:
            cost, hours = float(row["cost_usd"]), float(row["duration_hours"])
            known = gdp.get(NAMES.get(row["country"], row["country"]), {})
            usable = [one for one in known if one <= year]
            text = f"{year} {row['country']:<24} {cost / 1e6:>11,.1f} {hours:>9,.0f}"
            text += f" {cost / hours / 1e3:>10,.1f}"
            if usable and year - max(usable) <= 3:
                share = cost * 8760 / hours / known[max(usable)]
                shares.append(share)
                text += f"  {share:>6.2%}  {share / BLACKOUT:>5.2f}"
            else:
                unknown += 1
            print(text)
        costs = sum(float(row["cost_usd"]) for row in rows)
        print(f"{year} {len(rows)} countries: USD {costs / 1e6:,.1f} m")
    above = sum(share > BLACKOUT for share in shares)
    below = sum(share < BLACKOUT / 5 for share in shares)
    print(
        f"{len(shares)} rows with a GDP, {unknown} without:"
        f" median {median(shares):.2%}; {above} above COST's rate for a blackout of"
        f" Pakistan, {below} below a fifth"
    )
    return 0


def table(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text("utf-8").splitlines()))


def products(file: Path) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for row in table(file):
        year, value = int(row["Year"]), float(row["Value"])
        found.setdefault(row["Country Name"], {})[year] = value
    return found


if __name__ == "__main__":
    sys.exit(main())
