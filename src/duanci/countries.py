"""Countries in the UN's languages: a question in French names one, a report in Chinese has it.

`countries.json` has a record for each, from language to names, in English with its adjective, and
the Chinese names of the regions that it lies in; `benchmarks/name_countries.py` writes it from
Unicode's CLDR, countryinfo and country_converter.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

FILE = Path(__file__).with_suffix(".json")

Named = tuple[str, ...]  # one thing, by any of its names

_VOWELS = "аеёиоуыэюяйь"  # that a Russian name loses in other cases
_ENDINGS = ("", "а", "я", "и", "ы", "е", "у", "ю", "ой", "ей", "ии", "ию", "ией")  # and has there
_BEGINNING = (3, 4)  # letters: at least and at most so many of a word tell what is of a country


@cache
def han_names() -> dict[str, Named]:
    """Return the Chinese names of countries, each with all of its country's."""
    return {name: tuple(names["zh"]) for names in _read() for name in names["zh"]}


@cache
def regions() -> dict[str, frozenset[str]]:
    """Return of each region, by its Chinese name, the Chinese names of its countries."""
    found: dict[str, set[str]] = {}
    for names in _read():
        for region in names["regions"]:
            found.setdefault(region, set()).update(names["zh"])
    return {region: frozenset(names) for region, names in found.items()}


def named_in_letters(question: str) -> list[Named]:
    """List the countries that a question in another script than Han names, by Chinese names."""
    return list(dict.fromkeys(names for _, names in find_in_letters(question)))


def find_in_letters(text: str) -> list[tuple[slice, Named]]:
    """Find where a text in another script than Han names countries, by Chinese names.

    :return: the longest names first.
    """
    found, left = [], text.replace("’", "'")
    for stem, pattern, names in _forms():
        if stem in left:
            for match in re.finditer(pattern, left):
                found.append((slice(*match.span()), names))
                left = left[: match.start()] + " " * len(match[0]) + left[match.end() :]
    return found


def is_in_letters(text: str, country: str) -> bool:
    """Tell whether a text in another script than Han may name a country, by its Chinese name.

    It is enough that anything in it begins as a word of one of its names does, in any language:
    péruvien is of Pérou.
    """
    return any(beginning in _plain(text) for beginning in _beginnings()[country])


def spell_in_letters(country: str) -> list[str]:
    """List the names of a country, by a Chinese one, in other scripts; in Russian in all cases."""
    found: list[str] = []
    for name in _lettered().get(country, ()):
        stem = name.rstrip(_VOWELS)
        found += [name] if stem == name else [name, *(f"{stem}{ending}" for ending in _ENDINGS)]
    return found


@cache
def _beginnings() -> dict[str, frozenset[str]]:
    """Return how the words of a country's names begin, by each of its Chinese names."""
    least, most = _BEGINNING
    return {
        country: frozenset(
            word[:most]
            for name in names
            for word in _plain(name.rstrip(_VOWELS)).split()
            if len(word) >= least
        )
        for country, names in _lettered().items()
    }


@cache
def _lettered() -> dict[str, list[str]]:
    """Return the names of countries in other scripts, by each of their Chinese names."""
    return {
        name: [spelt for _, spelt in _in_letters(names)]
        for names in _read()
        for name in names["zh"]
    }


@lru_cache(maxsize=256)
def _plain(text: str) -> str:
    """Return a text without accents, and names in Arabic without their article."""
    parts = unicodedata.normalize("NFD", text.casefold())
    return re.sub(r"\bال|[-'’]", " ", "".join(c for c in parts if not unicodedata.combining(c)))


@cache
def _forms() -> list[tuple[str, str, Named]]:
    """List the names, the longest first: what is never inflected, as a pattern, whose they are."""
    found: dict[str, tuple[str, Named]] = {}
    for names in _read():
        for language, name in _in_letters(names):
            plain = name.replace("’", "'")
            is_inflected = language == "ru" and len(plain) > 4
            stem = plain.rstrip(_VOWELS) if is_inflected else plain
            ending = r"\w{0,3}" if is_inflected else "(?! Ocean| Columbia)"
            # Arabic writes "and", "in", "for" and "like" together with the word
            prefix = "[وف]?[بلك]?" if language == "ar" else ""
            pattern = rf"(?<!\w){prefix}{re.escape(stem)}{ending}(?!\w)"
            found[stem] = pattern, tuple(names["zh"])
    return sorted(((stem, *rest) for stem, rest in found.items()), key=lambda one: -len(one[0]))


def _in_letters(names: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Give the names of a country in other scripts than Han, each with its language."""
    for language, own in names.items():
        if language not in ("zh", "regions"):
            yield from ((language, name) for name in own)


@cache
def _read() -> list[dict[str, list[str]]]:
    found: list[dict[str, list[str]]] = json.loads(FILE.read_text("utf-8"))
    return found
