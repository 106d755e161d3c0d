"""Cross-references printed in a report: 见附件一第12段, 见第一节, para. 5 above."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from duanci.outline import style_of
from duanci.records import Paragraph
from duanci.references import NAMED, number_of, references_of, roman_value

_SECTION = re.compile(
    r"第\s*(?P<han>[一二三四五六七八九十]{1,3}|\d{1,2})\s*[节章節](?!\s*第)"
    r"|\b(?:section|chapter)\s+(?P<roman>[IVX]{1,5}|\d{1,2})\b",
    re.IGNORECASE,
)
# what stands before the paragraph number of another document
_FOREIGN = re.compile(r"(?:[A-Z]+/[A-Z0-9./\-]+|报告|文件|决议|决定|号)[^。；;]{0,12}$")


@dataclass(frozen=True, slots=True)
class CrossReference:
    """Where in a text another paragraph of the same report is named: `text[start:end]`."""

    start: int
    end: int
    target: str


def find_crossrefs(
    text: str, own: Paragraph, paragraphs: Sequence[Paragraph]
) -> list[CrossReference]:
    """Find the references in a text that resolve; those that do not are left as text.

    :param own: the paragraph (or the one whose footnote) the text is of.
    :param paragraphs: all paragraphs of its report.
    :return: in the order of the text; `target` is a paragraph id, a section's being its first.
    """
    ids = {p.id for p in paragraphs}
    found = []
    for match in NAMED.finditer(text):
        if _FOREIGN.search(text[: match.start()]):
            continue
        reference = references_of(match)[0]
        target = next((i for i in reference.ids[:1] if i in ids and i != own.id), None)
        if target:
            found.append(CrossReference(match.start(), match.end(), target))
    for match in _SECTION.finditer(text):
        number = _value(match["han"] or match["roman"])
        target = _first_of_section(number, paragraphs)
        if target and not _FOREIGN.search(text[: match.start()]):
            found.append(CrossReference(match.start(), match.end(), target))
    return sorted(found, key=lambda reference: reference.start)


def _first_of_section(number: int, paragraphs: Sequence[Paragraph]) -> str | None:
    for paragraph in paragraphs:
        if not paragraph.scope and paragraph.section:
            title = paragraph.section[0]
            head = re.match(r"(?:第\s*)?([一二三四五六七八九十]+|[IVX]+|\d+)", title)
            if head and style_of(title) and _value(head[1]) == number:
                return paragraph.id
    return None


def _value(numeral: str) -> int:
    """Return the value of a Han, Roman or Arabic numeral."""
    return roman_value(numeral) if re.fullmatch(r"[IVXivx]+", numeral) else number_of(numeral)
