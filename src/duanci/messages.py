"""What duanci has to say, in Chinese: its messages, told by their templates.

Errors and findings are written in English where they are raised. `web/messages.zh.toml` has a
Chinese template for each English one that a page can show. A placeholder of an English template is
any text, or says after a colon what it is:

    number      digits
    label       a paragraph as it is cited: 第25段, para. 25, Annex I, para. 2 (and 3 more)
    id          a paragraph id: 25, 附件一/2
    list        what commas part
    quoted      what stands between Python's quotes
    available   which numbers each report has: A/50/7 has 1–20, 23, 附件一 1–2
    time        ISO 8601
    reason      why the system refused something; what the catalogue does not know stays as it is
    finding     what the audit found, without its place; it must be in the catalogue
    message     another message of duanci, a finding with its place among them; likewise
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from string import Formatter

_LONGEST = 20_000  # characters; a longer message stays as it is
_DEEPEST = 4  # messages within each other

_LABEL = re.compile(
    r"(?P<label>.*?)(?:\b(?P<latin>para\. )(?P<number>\d+)(?: \(place (?P<place>\d+)\))?)?"
    r"(?: \(and (?P<more>\d+) more\))?",
    re.DOTALL,
)
_MEETING = re.compile("[\u4e00-\u9fff][A-Za-z]|[A-Za-z][\u4e00-\u9fff]")
_NUMBERS = re.compile(r"(?:(?P<scope>.*) )?(?P<numbers>\d+(?:–\d+)?)", re.DOTALL)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?\+00:00")


@dataclass(frozen=True, slots=True)
class _Template:
    """A message in both languages; `kinds` tells what each placeholder of `english` is.

    `literals` are the parts of the English one that are no placeholders, longest first.
    """

    english: re.Pattern[str]
    kinds: dict[str, str]
    chinese: str
    literals: tuple[str, ...]


def to_chinese(message: str) -> str:
    """Say a message of duanci in Chinese; any other text is returned as it is.

    The time this takes grows with the length of the message, whatever stands in it.
    """
    if len(message) > _LONGEST:
        return message
    chinese = _translate(message, "message", _DEEPEST) or _translate(message, "finding", _DEEPEST)
    return chinese or message


def fill(template: str, **values: str | None) -> str:
    """Put words in their places, as `str.format` does, with a blank where Han and Latin meet."""
    filled = ""
    for text, name, _, _ in Formatter().parse(template):
        for piece in (text, (values[name] or "") if name else ""):
            meet = _MEETING.fullmatch(filled[-1:] + piece[:1])
            filled += f" {piece}" if meet else piece
    return filled


def join_scope(scope: str, label: str) -> str:
    """Put a scope before a label, a blank between where it ends with a Latin letter or digit."""
    return f"{scope} {label}" if scope and scope[-1].isascii() else scope + label


def _translate(text: str, table: str, depth: int) -> str | None:
    """Translate by the template of a table that says most by itself; None where there is none."""
    for template in _catalogue()[table] if depth else ():
        if template.literals[0] not in text:  # which is told much sooner than that nothing matches
            continue
        if found := template.english.fullmatch(text):
            values = {
                name: _say(value, template.kinds[name], depth - 1)
                for name, value in found.groupdict().items()
            }
            return None if None in values.values() else fill(template.chinese, **values)
    return None


def _say(value: str, kind: str, depth: int) -> str | None:
    """Say in Chinese what stands in a placeholder; None for what is not of its kind."""
    if kind in ("message", "finding"):
        return _translate(value, kind, depth)
    if kind == "reason":
        return _translate(value, "reason", depth) or value
    return _WRITERS[kind](value) if kind in _WRITERS else value


@lru_cache(1)
def _catalogue() -> dict[str, list[_Template]]:
    """Read the catalogue: its tables, in each the templates that say most by themselves first."""
    file = resources.files("duanci") / "web" / "messages.zh.toml"
    tables = tomllib.loads(file.read_text("utf-8"))
    return {
        name: sorted(
            (_template(entry["en"], entry["zh"]) for entry in entries),
            key=lambda template: -len("".join(template.literals)),
        )
        for name, entries in tables.items()
    }


def _template(english: str, chinese: str) -> _Template:
    """Read a template.

    Each placeholder of any text ends where what follows it up to the next one first stands, and
    that is not gone back on (an atomic group), so that matching takes linear time.
    """
    pattern, opened = "", False
    kinds = {}
    literals = []
    for text, name, kind, _ in Formatter().parse(english):
        pattern += re.escape(text)
        literals.append(text)
        if name is None:
            continue
        kinds[name] = kind or ""
        if kind == "number":
            pattern += rf"(?P<{name}>\d++)"
        else:
            pattern += f"{')' * opened}(?>(?P<{name}>.*?)"
            opened = True
    # the last one ends where what follows it stands at the end
    pattern += r"\Z" + ")" * opened
    literals.sort(key=len, reverse=True)
    return _Template(re.compile(pattern, re.DOTALL), kinds, chinese, tuple(literals))


def _write_label(text: str) -> str:
    found = _LABEL.fullmatch(text)
    if not found:
        return text
    label = found["label"]
    if found["latin"]:
        again = f"（第{found['place']}处）" if found["place"] else ""
        label = join_scope(label.removesuffix(", "), f"第{found['number']}段{again}")
    return f"{label}和另外 {found['more']} 段" if found["more"] else label


def _write_id(text: str) -> str:
    scope, _, number = text.rpartition("/")
    return join_scope(scope, f"第{number}段")


def _write_list(text: str) -> str:
    return text.replace(", ", "、")


def _write_quoted(text: str) -> str:
    return f"“{text[1:-1]}”" if len(text) > 1 and text[0] in "'\"" else text


def _write_available(text: str) -> str:
    return "；".join(_write_numbers(told) for told in text.split("; "))


def _write_numbers(text: str) -> str:
    """Write which numbers a report has; one without a scope goes on with the scope before it."""
    symbol, has, listed = text.partition(" has ")
    scopes: list[tuple[str, list[str]]] = []
    for item in listed.split(", "):
        found = _NUMBERS.fullmatch(item)
        if not found:
            return text
        if found["scope"] or not scopes:
            scopes.append((found["scope"] or "", []))
        scopes[-1][1].append(found["numbers"])
    told = (join_scope(scope, f"第{'、'.join(numbers)}段") for scope, numbers in scopes)
    return f"{symbol} 有{'，'.join(told)}" if has else text


def _write_time(text: str) -> str:
    return _TIME.sub(r"\1 \2 UTC", text)


_WRITERS: dict[str, Callable[[str], str]] = {
    "label": _write_label,
    "id": _write_id,
    "list": _write_list,
    "quoted": _write_quoted,
    "available": _write_available,
    "time": _write_time,
}
