"""Cross-references printed in a report: 见附件一第12段, 见第一节, para. 5 above."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from duanci.numerals import ordinal_of, scope_key
from duanci.outline import style_of
from duanci.records import Paragraph
from duanci.references import NAMED, SECTION, references_of

_ORDINAL = re.compile(r"(?:第\s*)?([一二三四五六七八九十]+|[IVX]+|\d+)")
# what stands before the paragraph number of another document
_FOREIGN = re.compile(r"(?:[A-Z]+/[A-Z0-9./\-]+|报告|文件|决议|决定|号)[^。；;]{0,12}$")


@dataclass(frozen=True, slots=True)
class CrossReference:
    """Where in a text another paragraph of the same report is named: `text[start:end]`."""

    start: int
    end: int
    target: str


def section_ordinal(paragraph: Paragraph) -> int:
    """Return the ordinal of the section of the body that a paragraph is in; 0 for none."""
    title = paragraph.section[0] if paragraph.section and not paragraph.scope else ""
    ordinal = _ORDINAL.match(title) if style_of(title) else None
    return ordinal_of(ordinal[1]) if ordinal else 0


class CrossReferences:
    """Finds the references of a report that resolve; those that do not are left as text."""

    def __init__(self, paragraphs: Sequence[Paragraph]) -> None:
        """Learn what can be referred to.

        :param paragraphs: all paragraphs of one report.
        """
        self._ids = {(scope_key(p.scope), int(p.number)): p.id for p in paragraphs}
        self._sections: dict[int, str] = {}
        for paragraph in paragraphs:
            ordinal = section_ordinal(paragraph)
            if ordinal:
                self._sections.setdefault(ordinal, paragraph.id)

    def find(self, text: str, own: str = "") -> list[CrossReference]:
        """Find the references in a text.

        :param own: the id of the paragraph that the text is of; it is no target.
        :return: in the order of the text; the target of a section is its first paragraph.
        """
        found = []
        for match in NAMED.finditer(text):
            first = references_of(match)[0]
            found.append((match, self._ids.get((scope_key(first.scope), first.first))))
        for match in SECTION.finditer(text):
            found.append((match, self._sections.get(ordinal_of(match["han"] or match["latin"]))))
        return sorted(
            (
                CrossReference(match.start(), match.end(), target)
                for match, target in found
                if target and target != own and not _FOREIGN.search(text[: match.start()])
            ),
            key=lambda reference: reference.start,
        )
