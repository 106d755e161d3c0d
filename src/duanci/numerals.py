"""Numerals as they are printed: digits, Han characters, Roman letters; and annexes by theirs."""

import re

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
HAN_NUMERALS = frozenset({*_DIGITS, *_UNITS})


def number_of(text: str) -> int:
    """Return the value of a number in digits or in Han characters (`二十五`, `一〇二`)."""
    if text.isdecimal():
        return int(text)
    if not any(char in _UNITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total, digit = 0, 0
    for char in text:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


def is_roman(text: str) -> bool:
    """Tell whether a text is letters of Roman numerals, in either case."""
    return bool(text) and all(char in _ROMAN for char in text.upper())


def roman_value(numeral: str) -> int:
    """Return the value of a Roman numeral."""
    values = [_ROMAN[char] for char in numeral.upper()]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def ordinal_of(numeral: str) -> int:
    """Return the value of a Han, Roman or Arabic numeral."""
    return roman_value(numeral) if re.fullmatch(r"[IVXivx]+", numeral) else number_of(numeral)


def scope_key(scope: str) -> tuple[str, int]:
    """Return what scopes are compared by: 附件一 and Annex I are the same annex.

    :return: the kind of annex ("" for the body) and its ordinal, 0 where it has none.
    """
    name = re.sub(r"\s", "", scope).casefold()
    if not name:
        return "", 0
    kind = "appendix" if re.match(r"附[录錄]|append|apénd|дополн", name) else "annex"
    ordinal = re.sub(
        r"^(?:附[件录錄文]|annexe?|appendix|anexo|apéndice|enclosure|\D{5,})", "", name
    )
    if re.fullmatch("[ivxlc]+", ordinal):
        return kind, roman_value(ordinal)
    if re.fullmatch("[a-z]", ordinal):
        return kind, ord(ordinal) - ord("a") + 1
    known = ordinal and all(char.isdecimal() or char in HAN_NUMERALS for char in ordinal)
    return kind, number_of(ordinal) if known else 0
