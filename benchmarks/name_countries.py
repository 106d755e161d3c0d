"""Write the names of countries in the UN's languages, from Unicode's CLDR as Babel has it.

In English, adjectives too, from countryinfo: of countries that share one, the most populous has it.
The regions that a country lies in are the UN's, as country_converter has them, by what they are
called in Chinese (`_REGIONS`).

    .venv/bin/python benchmarks/name_countries.py [--to src/duanci/countries.json]

A record has a country's names, from language to names, and its `regions`. The names are CLDR's, and
besides those that UN reports print where CLDR has another (in Chinese `_PRINTED`, else `_ALSO`).
Left out are what is no country of its own there (in brackets, or 中国香港特别行政区), and names
that are a common word in their language (`_COMMON`).
"""

import argparse
import csv
import json
import re
from collections.abc import Iterable
from importlib.util import find_spec
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
_ALSO: dict[str, dict[str, list[str]]] = {  # what else the UN prints, and short names
    "AE": {"en": ["UAE"]},
    "BY": {"fr": ["Bélarus"], "es": ["Belarús"]},
    "CV": {"en": ["Cabo Verde"], "fr": ["Cabo Verde"]},
    "GB": {"en": ["UK"]},
    "KG": {"ru": ["Кыргызстан"]},
    "KP": {
        "en": ["Democratic People's Republic of Korea"],
        "fr": ["République populaire démocratique de Corée"],
        "es": ["República Popular Democrática de Corea"],
    },
    "KR": {
        "en": ["Republic of Korea"],
        "fr": ["République de Corée"],
        "es": ["República de Corea"],
        "ar": ["جمهورية كوريا"],
    },
    "TL": {"fr": ["Timor-Leste"], "ru": ["Тимор-Лешти"]},
    "TR": {"en": ["Turkey"]},
    "US": {"en": ["USA"]},  # not US, which is in US$ too
    "VN": {"en": ["Viet Nam"], "fr": ["Viet Nam"], "es": ["Viet Nam"]},
}
_LATIN = ["拉丁美洲", "拉美", "美洲"]
_REGIONS = {
    "Northern Africa": ["北非", "非洲"],
    "Western Africa": ["西非", "非洲"],
    "Middle Africa": ["中部非洲", "非洲"],
    "Eastern Africa": ["东非", "非洲"],
    "Southern Africa": ["南部非洲", "非洲"],
    "Western Asia": ["西亚", "中东", "亚洲"],
    "Central Asia": ["中亚", "亚洲"],
    "Southern Asia": ["南亚", "亚洲"],
    "South-eastern Asia": ["东南亚", "亚洲"],
    "Eastern Asia": ["东亚", "亚洲"],
    "Northern Europe": ["北欧", "欧洲"],
    "Western Europe": ["西欧", "欧洲"],
    "Southern Europe": ["南欧", "欧洲"],
    "Eastern Europe": ["东欧", "欧洲"],
    "Northern America": ["北美", "北美洲", "美洲"],
    "Central America": ["中美洲", *_LATIN],
    "Caribbean": ["加勒比", "加勒比海", *_LATIN],
    "South America": ["南美", "南美洲", *_LATIN],
    "Australia and New Zealand": ["大洋洲", "太平洋"],
    "Melanesia": ["大洋洲", "太平洋"],
    "Micronesia": ["大洋洲", "太平洋"],
    "Polynesia": ["大洋洲", "太平洋"],
}
_COMMON = {"Réunion", "La Réunion", "Reunión", "American"}  # a meeting, and a continent


def main() -> None:
    """Read, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--to", type=Path, default=countries.FILE)
    given = parser.parse_args()
    named = {language: Locale.parse(language).territories for language in _LANGUAGES}
    adjectives, regions = _adjectives(named["en"]), _read_regions()
    records = []
    for code in sorted(named["zh"]):
        if len(code) != 2 or not code.isalpha() or code in _NO_COUNTRIES:
            continue
        names = {language: [named[language][code]] for language in _LANGUAGES}
        names["zh"] = [*_PRINTED.get(code, []), *names["zh"]]
        for language, own in _ALSO.get(code, {}).items():
            names[language] += own
        names["en"] += adjectives.get(code, [])
        plain = {
            language: [name for name in own if not {"(", "（"} & {*name} and name not in _COMMON]
            for language, own in names.items()
        }
        name = plain["zh"][-1] if plain["zh"] else ""
        if name and (name == "中国" or not name.startswith("中国")):
            plain["regions"] = _REGIONS.get(regions.get(code, ""), [])
            records.append(json.dumps(plain, ensure_ascii=False))
    given.to.write_text("[\n" + ",\n".join(records) + "\n]\n", "utf-8")


def _read_regions() -> dict[str, str]:
    """Return the region of each country, by its code.

    They are read from the package's table: it takes Namibia's code, NA, for a missing one.
    """
    package = find_spec("country_converter")
    assert package and package.origin
    file = Path(package.origin).with_name("country_data.tsv")
    with file.open(encoding="utf-8", newline="") as opened:
        return {row["ISO2"]: row["UNregion"] for row in csv.DictReader(opened, delimiter="\t")}


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
