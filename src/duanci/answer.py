"""From a ranking to an answer: quotations, citations, refusal. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import nan

from duanci.candidates import Candidate
from duanci.confidence import confidence
from duanci.items import find_item
from duanci.kinds import asked_kind, has_kind
from duanci.languages import refusal
from duanci.lines import ends_with_colon, has_han
from duanci.lookup import Available, notes_marked, tell_available
from duanci.messages import fill, join_scope
from duanci.records import Citation, Paragraph
from duanci.retrieve import Hit, Ranking, Window

_NEAREST = 3
_MOST_QUOTES = 3
_CLOSE_WINDOW = 0.05  # a window is quoted beside the best within this much of its score
_OF_KIND = 0.07  # what a window gains that has the number or the date that is asked for
_CLOSE_PARAGRAPH = (
    0.02  # a paragraph is cited beside the best within this much of its tokens' score
)
# Characters: of a longer paragraph what would be quoted is read closely, with so much beside it.
_LONG, _BESIDE = 160, 30


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


def answer_by_number(paragraphs: Sequence[Paragraph], note: str = "") -> Reply:
    """Answer a question for paragraphs by number: each of them, whole.

    :param note: the mark of the footnotes to quote with them; "" for all that they have.
    """
    citations = tuple(
        Citation(p, ((0, len(p.text)),), 1.0, notes_marked(p, note)) for p in paragraphs
    )
    return Reply(True, _text(citations), citations, ranking=tuple(paragraphs))


def cannot_step(question: str) -> Reply:
    """Answer a question for the next paragraph where there is none, or nothing was cited."""
    chinese, english = "没有可以接着看的段落。", "There is no paragraph to go on to."
    return Reply(False, chinese if has_han(question) else english)


def no_such_paragraph(question: str, missing: str, available: Available) -> Reply:
    """Answer a question for a number that no report has, with those there are.

    :param missing: the paragraph id.
    :param available: for each report its symbol, and the ranges of each of its scopes.
    """
    scope, _, number = missing.rpartition("/")
    if has_han(question):
        known = "；".join(
            f"{symbol} 有{'、'.join(join_scope(name, f'第{found}段') for name, found in scopes)}"
            for symbol, scopes in available
        )
        wanted = join_scope(scope, f"第{number}段")
        return Reply(False, fill("没有{wanted}。{known}。", wanted=wanted, known=known))
    return Reply(False, f"There is no paragraph {missing}. {tell_available(available)}.")


def no_such_footnote(question: str, mark: str, marks: Sequence[str]) -> Reply:
    """Answer a question for a footnote that a report does not have, with those that it has."""
    if has_han(question):
        known = f"报告有脚注{'、'.join(marks)}。" if marks else "报告没有脚注。"
        return Reply(False, fill("没有脚注{mark}。{known}", mark=mark, known=known))
    known = f"footnotes {', '.join(marks)}" if marks else "no footnotes"
    return Reply(False, f"There is no footnote {mark}. The report has {known}.")


def answer_from_ranking(
    ranking: Ranking, limit: int, threshold: float, note: str | None = None
) -> Reply:
    """Answer a question from its ranking, or refuse.

    :param limit: cite at most so many paragraphs.
    :param threshold: in [0, 1]; refuse when an answer is less sure than this.
    :param note: the mark of the footnotes that are asked for, "" for any; None where none are.
    """
    paragraphs = tuple(hit.paragraph for hit in ranking.hits)
    first = _cite(ranking, 0, note, is_read=True) if ranking.hits else None
    if first is None or first.score < threshold:
        nearby = range(1, min(_NEAREST, len(ranking.hits)))
        others = (_cite(ranking, at, note) for at in nearby)
        nearest = (first, *others) if first else ()
        return Reply(False, refusal(ranking.query.text), (), nearest, paragraphs)
    rivals = (_cite(ranking, at, note) for at in _as_good(ranking.candidates[:limit]))
    chosen = (first, *(one for one in rivals if one.score >= threshold))
    return Reply(True, _text(chosen), chosen, (), paragraphs)


def _cite(ranking: Ranking, at: int, note: str | None, is_read: bool = False) -> Citation:
    """Cite a paragraph; where it is in doubt and `is_read`, read it closely, which takes longer."""
    hit, candidate = ranking.hits[at], ranking.candidates[at]
    spans = quote(ranking.query.text, hit)
    notes = hit.notes if note is None else notes_marked(hit.paragraph, note)
    quoted = [hit.paragraph.text[start:end] for start, end in spans]
    said = "\n".join([*quoted, *(one.text for one in notes)])
    read = ranking.read(candidate.row)
    closely = text_to_compare(hit.paragraph, spans)
    compare = partial(ranking.compare, closely) if is_read else _unread
    sure = confidence(ranking.query, candidate, hit.paragraph, said, read, compare)
    return Citation(hit.paragraph, spans, round(sure, 4), notes)


def text_to_compare(paragraph: Paragraph, spans: Sequence[tuple[int, int]]) -> str:
    """Return what of a paragraph is read together with a question: of a long one, a part.

    :param spans: what would be quoted, in order.
    """
    if len(paragraph.text) <= _LONG or not spans:
        return paragraph.text
    return paragraph.text[max(0, spans[0][0] - _BESIDE) : spans[-1][1] + _BESIDE]


def _unread() -> float:
    return nan


def _as_good(candidates: Sequence[Candidate]) -> list[int]:
    """Return the places of paragraphs that match as well as the first does."""
    best = candidates[0]
    return [
        at
        for at, one in enumerate(candidates)
        if at and one.match >= best.match - _CLOSE_PARAGRAPH and one.coverage >= 0.9 * best.coverage
    ]


def quote(question: str, hit: Hit) -> tuple[tuple[int, int], ...]:
    """Choose the windows that answer: the best, and others as good that do not overlap.

    A line that announces a list is quoted with the list; of a list that has the item which is asked
    for by its number, that is quoted.
    """
    text = hit.paragraph.text
    item = find_item(question, text)
    if item:
        return (item,)
    windows = _prefer_kind(question, text, hit.windows)
    chosen: list[tuple[int, int]] = []
    for window, score in windows:
        if score < windows[0][1] - _CLOSE_WINDOW or len(chosen) == _MOST_QUOTES:
            break
        lines = text[window.start : window.end].split("\n")
        end = len(text) if any(map(ends_with_colon, lines)) else window.end
        if all(end <= start or window.start >= stop for start, stop in chosen):
            chosen.append((window.start, end))
    return tuple(sorted(chosen))


def _prefer_kind(
    question: str, text: str, windows: Sequence[tuple[Window, float]]
) -> list[tuple[Window, float]]:
    """Put the windows first that have the number or the date that a question asks for."""
    kind = asked_kind(question)
    if not windows or kind not in ("number", "date"):
        return list(windows)
    near = [one for one in windows if one[1] >= windows[0][1] - _CLOSE_WINDOW - _OF_KIND]
    gains = [_OF_KIND * has_kind(kind, question, text[w.start : w.end]) for w, _ in near]
    preferred = [(window, score + gain) for (window, score), gain in zip(near, gains, strict=True)]
    return sorted(preferred, key=lambda one: -one[1])


def _text(citations: Sequence[Citation]) -> str:
    return "\n\n".join(f"{c.quoted}[{c.paragraph.label}]" for c in citations)
