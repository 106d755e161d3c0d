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
from duanci.merging import Lead, make_lead
from duanci.messages import fill, join_scope
from duanci.records import Citation, Paragraph
from duanci.retrieve import Hit, Ranking, Window

_NEAREST = 3
_MOST_QUOTES = 3
_CLOSE_WINDOW = 0.05  # a window is quoted beside the best within this much of its score
_OF_KIND = 0.07  # what a window gains that has the number or the date that is asked for
# A paragraph is cited beside the best within so much of how its best window is met, plain, centred.
_CLOSE_MATCH, _CLOSE_MET = 0.02, 0.04
_AS_LIKELY = 2.0  # rankings within this much of the weight of the likeliest are read closely
# Characters: of a longer paragraph what would be quoted is read closely, with so much beside it.
_LONG, _BESIDE = 160, 30


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a question: a text with citations, or a refusal with what came nearest.

    `ranking` is all that was ranked for it, best first, before refusing was thought of; of reports
    in several languages those of the languages that are likeliest to answer, in turn.
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


def answer_from_rankings(
    rankings: Sequence[Ranking], limit: int, threshold: float, note: str | None = None
) -> Reply:
    """Answer a question from its rankings, or refuse.

    Of several that answers which is likeliest to: one is for each language of the reports.

    :param rankings: one at least.
    :param limit: cite at most so many paragraphs.
    :param threshold: in [0, 1]; refuse when an answer is less sure than this.
    :param note: the mark of the footnotes that are asked for, "" for any; None where none are.
    """
    close, others = _by_likelihood([one for one in rankings if one.hits], note)
    places = _in_turn(close) + _in_turn(others)
    paragraphs = tuple(one.hits[at].paragraph for one, at in places)
    first = _cite(close[0], 0, note, is_read=True) if close else None
    if first is None or first.score < threshold:
        nearby = (_cite(one, at, note) for one, at in places[1:_NEAREST])
        nearest = (first, *nearby) if first else ()
        return Reply(False, refusal(rankings[0].query.text), (), nearest, paragraphs)
    rivals = (_cite(close[0], at, note) for at in _as_good(close[0].candidates[:limit]))
    chosen = (first, *(one for one in rivals if one.score >= threshold))
    return Reply(True, _text(chosen), chosen, (), paragraphs)


def _by_likelihood(
    rankings: Sequence[Ranking], note: str | None
) -> tuple[list[Ranking], list[Ranking]]:
    """Part the rankings that are about as likely to answer as any from the rest; see `merging`.

    Of several that are, the first paragraph of each is read closely.

    :param rankings: those that have hits.
    :return: both likeliest first.
    """
    if len(rankings) < 2:
        return list(rankings), []
    weights = [look_at_lead(one, note).weight for one in rankings]
    order = sorted(range(len(rankings)), key=lambda at: -weights[at])
    ranked = [rankings[at] for at in order]
    count = sum(weight > max(weights) - _AS_LIKELY for weight in weights)
    close = ranked[:count]
    if count > 1:
        close.sort(key=lambda one: -look_at_lead(one, note, is_read=True).weight)
    return close, ranked[count:]


def look_at_lead(ranking: Ranking, note: str | None = None, is_read: bool = False) -> Lead:
    """Look at what the first paragraph of a ranking, which has hits, has of its question.

    :param is_read: whether to read it closely, which takes longer.
    """
    cited, candidate = _cite(ranking, 0, note), ranking.candidates[0]
    text = text_to_compare(cited.paragraph, cited.spans)
    compared = ranking.compare(text) if is_read else nan
    return make_lead(ranking.query, candidate, cited.paragraph, cited.score, compared)


def _in_turn(rankings: Sequence[Ranking]) -> list[tuple[Ranking, int]]:
    """Take from rankings in turn, the first of each, then the second: each with the place."""
    longest = max((len(one.hits) for one in rankings), default=0)
    return [(one, at) for at in range(longest) for one in rankings if at < len(one.hits)]


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
        if at
        and one.match >= best.match - _CLOSE_MATCH
        and one.own_window >= best.own_window - _CLOSE_MET
        and one.coverage >= 0.9 * best.coverage
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
