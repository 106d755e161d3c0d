"""From hits to an answer: quotations, citations, refusal. Pure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from duanci.lines import HAN
from duanci.records import Citation, Hit, Paragraph, Window
from duanci.segment import content_words

_NEAREST = 3
_QUOTES = 2
_CLOSE_SCORE = 0.85  # a paragraph is cited beside the best from this share of its score
_CLOSE_WINDOW = 0.97


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a question: a text with citations, or a refusal with what came nearest.

    `ranking` is all that was ranked for it, best first, before refusing was thought of.
    """

    answered: bool
    text: str
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    ranking: tuple[Paragraph, ...] = ()


def answer_by_number(paragraphs: Sequence[Paragraph]) -> Reply:
    """Answer a question for paragraphs by number: each of them, whole."""
    citations = tuple(Citation(p, ((0, len(p.text)),), 1.0) for p in paragraphs)
    return Reply(True, _text(citations), citations, ranking=tuple(paragraphs))


def no_such_paragraph(message: str) -> Reply:
    """Answer a question for a number that no report has."""
    return Reply(False, message)


def answer_from_hits(question: str, hits: Sequence[Hit], limit: int) -> Reply:
    """Answer a question from the hits that it has, or refuse.

    :param hits: best first.
    :param limit: cite at most so many paragraphs.
    """
    ranking = tuple(hit.paragraph for hit in hits)
    citations = tuple(_citation(question, hit) for hit in hits[: max(limit, _NEAREST)])
    if not citations or not _is_answered(question, hits):
        return Reply(False, _refusal(question), (), citations[:_NEAREST], ranking)
    best = citations[0].score
    chosen = tuple(c for c in citations[:limit] if c.score >= _CLOSE_SCORE * best)
    return Reply(True, _text(chosen), chosen, (), ranking)


def _is_answered(question: str, hits: Sequence[Hit]) -> bool:
    return bool(hits)


def _citation(question: str, hit: Hit) -> Citation:
    return Citation(
        hit.paragraph, _spans(question, hit), round(1 / (1 + math.exp(-hit.score / 2)), 4)
    )


def _spans(question: str, hit: Hit) -> tuple[tuple[int, int], ...]:
    """Choose the windows that answer: the best, and others near it that do not overlap."""
    asked = set(content_words(question))
    text = hit.paragraph.text

    def merit(window: Window, cosine: float) -> float:
        shared = asked & set(content_words(text[window.start : window.end]))
        return cosine + 0.1 * sum(len(word) for word in shared) / max(1, sum(map(len, asked)))

    ranked = sorted(((merit(w, s), w) for w, s in hit.windows), key=lambda pair: -pair[0])
    chosen: list[Window] = []
    for value, window in ranked:
        near = value >= _CLOSE_WINDOW * ranked[0][0]
        if near and all(window.end <= c.start or window.start >= c.end for c in chosen):
            chosen.append(window)
        if len(chosen) == _QUOTES:
            break
    return tuple(sorted((w.start, w.end) for w in chosen))


def _text(citations: Sequence[Citation]) -> str:
    return "\n\n".join(
        " … ".join(f"“{quote}”" for quote in c.quotes) + f"[{c.paragraph.label}]" for c in citations
    )


def _refusal(question: str) -> str:
    if re.search(f"[{HAN}]", question):
        return "报告没有说明这一点。"
    return "The report does not say."
