"""The messages of the web chat, as markup; pure, and nothing here knows Gradio."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

from duanci.changes import content_of
from duanci.conversation import Conversation
from duanci.export import Turn, cite
from duanci.markup import escape, make_link, write_footnote, write_lines
from duanci.messages import fill
from duanci.phrases import PHRASES, Phrases
from duanci.records import Answer, Citation, Report

Messages: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class View:
    """What messages are written for: a language, and the reports as they are now.

    `build` is the id of the build that the reports are of.
    """

    phrases: Phrases
    reports: Sequence[Report]
    build: str


def write_messages(conversation: Conversation, reports: Sequence[Report], build: str) -> Messages:
    """Write a conversation: for each turn shown a message of the reader and one that answers.

    :param reports: as they are now, of the build named.
    """
    view = View(PHRASES[conversation.language], reports, build)
    return [
        message
        for turn in conversation.turns[conversation.hidden :]
        for message in (
            {"role": "user", "content": write_question(turn.question)},
            {"role": "assistant", "content": write_answer(turn, view)},
        )
    ]


def write_question(question: str) -> str:
    """Write a question as the reader's message."""
    return f'<p class="question">{write_lines(question)}</p>'


def write_answer(turn: Turn, view: View) -> str:
    """Write an answer as a message: quotations with their citations, or a refusal.

    Citations whose paragraphs are not any more what they were are marked so.

    :return: markup in one line.
    """
    answer, phrases = turn.answer, view.phrases
    kept = phrases.kept.format(scope=turn.within)
    within = f'<p class="sure">{escape(kept)}</p>' if turn.within else ""
    if answer.answered:
        quotations = "".join(_write_citation(c, answer, view) for c in answer.citations)
        ending = _write_sureness(answer, phrases) + within + _write_copying(answer, phrases)
        return f'<div class="answer">{quotations}{ending}</div>'
    refusal = f'<p class="refused">{write_lines(answer.text)}</p>{within}'
    if not answer.nearest:
        return f'<div class="refusal">{refusal}</div>'
    nearest = "".join(_write_citation(c, answer, view) for c in answer.nearest)
    heading = f'<p class="nearest-heading">{escape(phrases.nearest)}</p>'
    return f'<div class="refusal">{refusal}{heading}<div class="nearest">{nearest}</div></div>'


def write_problem(message: str) -> str:
    """Write what went wrong, in one line."""
    return f'<p class="problem" role="alert">{escape(" ".join(message.split()))}</p>'


def _write_sureness(answer: Answer, phrases: Phrases) -> str:
    """Write how sure an answer is; of paragraphs asked for by number there is no doubt."""
    best = max(citation.score for citation in answer.citations)
    if best == 1:
        return ""
    words = phrases.surest if best >= 0.75 else phrases.surer if best >= 0.4 else phrases.unsure
    return f'<p class="sure">{escape(words)}</p>'


def _write_copying(answer: Answer, phrases: Phrases) -> str:
    """Write the link that copies all citations of an answer, where there are several."""
    if len(answer.citations) < 2:
        return ""
    link = _copy_link("\n".join(cite(citation) for citation in answer.citations))
    return f'<p class="sure"><a href="{link}">{escape(phrases.copy_all)}</a></p>'


def _copy_link(text: str) -> str:
    return html.escape(f"#copy={quote(text, safe='')}")


def _write_citation(citation: Citation, answer: Answer, view: View) -> str:
    phrases, paragraph = view.phrases, citation.paragraph
    symbol = paragraph.report if len(view.reports) > 1 else ""
    link = make_link(paragraph, spans=citation.spans, symbol=symbol, build=answer.build)
    where = " › ".join((*([symbol] if symbol else []), *paragraph.section))
    quotes = "".join(f"<p>{write_lines(said)}</p>" for said in citation.quotes)
    notes = "".join(map(write_footnote, citation.notes))
    whole = ""
    if citation.spans != ((0, len(paragraph.text)),):
        text = f"<p>{write_lines(paragraph.text)}</p>"
        text += "".join(map(write_footnote, paragraph.footnotes))
        whole = f"<details><summary>{escape(phrases.whole)}</summary>{text}</details>"
    became = _became(citation, answer.build, view)
    note = f'<p class="outdated-note">{escape(became)}</p>' if became else ""
    return (
        f'<div class="citation{" outdated" * bool(became)}">'
        f"<blockquote>{quotes}{notes}</blockquote>"
        f'<p class="source"><a href="{html.escape(link)}">{escape(paragraph.label)}</a> '
        f'<span class="where">{escape(where)}</span> '
        f'<a href="{_copy_link(cite(citation))}">{escape(phrases.copy)}</a></p>'
        f"{whole}{note}</div>"
    )


def _became(citation: Citation, build: str, view: View) -> str:
    """Tell what became of a paragraph since it was cited; "" where it says what it said."""
    if build == view.build:
        return ""
    cited = citation.paragraph
    said = content_of(cited)
    now = [p for r in view.reports if r.symbol == cited.report for p in r.paragraphs]
    same = [p for p in now if p.id == cited.id]
    if any(content_of(p) == said for p in same):
        return ""
    elsewhere = next((p for p in now if content_of(p) == said), None)
    if elsewhere:
        return fill(view.phrases.elsewhere, label=elsewhere.label)
    return view.phrases.edited_since if same else view.phrases.removed_since
