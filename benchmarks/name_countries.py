"""Write the names of countries in the UN's languages, from Unicode's CLDR as Babel has it.

In English, adjectives too, from countryinfo: of countries that share one, the most populous has it.

    .venv/bin/python benchmarks/name_countries.py [--to src/duanci/countries.json]

A record has a country's names, from language to names: CLDR's, and in Chinese those that UN reports
print where CLDR has another (`_PRINTED`). Left out are what is no country of its own there (in
brackets, or 中国香港特别行政区), and names that are a common word in their language (`_COMMON`).
"""

import argparse
import json
import re
from collections.abc import Iterable
from pathlib import Path

from babel import Locale  # type: ignore[import-untyped]
from countryinfo import CountryInfo, CountryNotFoundError

from duanci import countries

_LANGUAGES = ("zh", "en", "fr", "es", "ru", "ar")
_NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB", "AQ"}
_PRINTED = {
    "AE": ["阿联酋"],
    "BA": ["波黑"],
    "CD": ["刚果"],
    "CG": ["刚果"],
    "GB": ["联合王国"],
    "KP": ["朝鲜"],
    "KR": ["大韩民国"],
    "US": ["美利坚"],
}
_SHORT = {"AE": ["UAE"], "GB": ["UK"], "US": ["USA"]}  # not US, which is in US$ too
_COMMON = {"Réunion", "La Réunion", "Reunión", "American"}  # a meeting, and a continent


def main() -> None:
    """Read, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--to", type=Path, default=countries.FILE)
    given = parser.parse_args()
    named = {language: Locale.parse(language).territories for language in _LANGUAGES}
    adjectives = _adjectives(named["en"])
    records = []
    for code in sorted(named["zh"]):
        if len(code) != 2 or not code.isalpha() or code in _NO_COUNTRIES:
            continue
        names = {language: [named[language][code]] for language in _LANGUAGES}
        names["zh"] = [*_PRINTED.get(code, []), *names["zh"]]
        names["en"] += _SHORT.get(code, []) + adjectives.get(code, [])
        plain = {
            language: [name for name in own if not {"(", "（"} & {*name} and name not in _COMMON]
            for language, own in names.items()
        }
        name = plain["zh"][-1] if plain["zh"] else ""
        if name and (name == "中国" or not name.startswith("中国")):
            records.append(json.dumps(plain, ensure_ascii=False))
    given.to.write_text("[\n" + ",\n".join(records) + "\n]\n", "utf-8")


def _adjectives(codes: Iterable[str]) -> dict[str, list[str]]:
    """Return of each country its adjectives in English that no more populous one has."""
    found: dict[str, tuple[int, str]] = {}
    for code in sorted(codes):
        try:
            country = CountryInfo(code)
        except CountryNotFoundError:
            continue
        given, population = country.demonym(), country.population() or 0
        for adjective in filter(None, re.split("[,/]", given or "")):
            found[adjective] = max(found.get(adjective, (-1, "")), (population, code))
    by_country: dict[str, list[str]] = {}
    for adjective, (_, code) in found.items():
        by_country.setdefault(code, []).append(adjective)
    return by_country


if __name__ == "__main__":
    main()
