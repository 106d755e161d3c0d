"""The facade: open, ask, show, rebuild."""

import json
import threading
import time
from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from duanci.answer import (
    Reply,
    answer_by_number,
    answer_from_ranking,
    cannot_step,
    no_such_paragraph,
)
from duanci.builds import current_id
from duanci.config import Settings
from duanci.encoder import Encoder, open_encoder
from duanci.errors import DuanciError, QuestionError, ReportError, UnknownParagraph, UnknownReport
from duanci.followup import context_of
from duanci.index import Index, open_index
from duanci.library import Survey
from duanci.rebuild import rebuild
from duanci.records import Answer, Build, Paragraph, Report
from duanci.references import Reference, asks_more, find_references, find_step, ranges
from duanci.retrieve import retrieve
from duanci.status import Status, status_of

__all__ = ["Assistant", "checked_question", "example_questions", "rebuild", "show"]

Named = tuple[list[int], list[str]]

_LONGEST_QUESTION = 2000
_EXAMPLES = "questions.json"


class Assistant:
    """A build and an encoder, ready to answer."""

    def __init__(self, settings: Settings, index: Index, encoder: Encoder) -> None:
        self.settings = settings
        self._index = index
        self._encoder = encoder
        self._current = index.build.id  # what CURRENT named when it was last looked at
        self._turn = threading.Lock()
        self._survey = Survey(settings.data)
        # BLAS's threads wait in a loop after each product, on the cores that the encoder needs
        threadpool_limits(1, "blas")
        self.reply("谁？")  # what is loaded on first use is loaded now

    @classmethod
    def open(cls, settings: Settings) -> "Assistant":
        """Open the build in force with the encoder that the settings name.

        :raises DuanciError: there is no build, or it does not belong to this encoder.
        """
        open_index(settings.index)  # tells of a missing build before the encoder is loaded
        return cls.open_with(settings, open_encoder(settings))

    @classmethod
    def open_with(cls, settings: Settings, encoder: Encoder) -> "Assistant":
        """Open the build in force with an encoder that is open already."""
        return cls(settings, open_index(settings.index, encoder), encoder)

    @property
    def index(self) -> Index:
        """The build that answers: the one in force, opened when it has changed.

        Where a new one cannot be opened, the one before goes on answering, and its `notice` says
        why. Whoever needs several things of a build takes it once.
        """
        try:
            current = current_id(self.settings.index)
        except DuanciError:
            return self._index
        if current == self._current:
            return self._index
        with self._turn:
            if current != self._current:
                try:
                    self._index = open_index(self.settings.index, self._encoder)
                except DuanciError as exc:
                    self._index.notice = f"{exc}; until then {self._index.build.id} answers"
                self._current = current
        return self._index

    @property
    def build(self) -> Build:
        """The build that answers."""
        return self.index.build

    @property
    def reports(self) -> tuple[Report, ...]:
        """The reports of the build, with their paragraphs."""
        return self.index.reports

    @property
    def examples(self) -> tuple[str, ...]:
        """Questions to begin with: those beside the reports, or else their sections."""
        return example_questions(self.settings, self.reports)

    def status(self) -> Status:
        """Tell which build answers, and whether the reports have changed since it was made."""
        index = self.index
        return status_of(index.manifest, self._survey, index.notice)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int | None = None,
        report: str | None = None,
    ) -> Answer:
        """Answer a question from the reports, or refuse.

        :param history: earlier questions of the conversation, oldest first.
        :param k: at most so many citations; the settings' number if None.
        :param report: the symbol of the one report to keep to.
        :raises QuestionError: there is nothing to answer, or too much.
        :raises UnknownReport: the build has no report of that symbol.
        """
        started = time.perf_counter()
        question = checked_question(question)
        index = self.index
        reply = self._reply(index, question, history, report, k)
        elapsed = round((time.perf_counter() - started) * 1000, 1)
        return Answer(
            question,
            reply.answered,
            reply.text,
            reply.citations,
            reply.nearest,
            index.build.id,
            elapsed,
        )

    def show(self, reference: str, *, report: str | None = None) -> list[Paragraph]:
        """Give the paragraphs that a reference names, in every report that has them.

        :param reference: `25`, `21-25`, `附件一/2`, `第25段`, `附件一第2段`, `para. 25`.
        :raises UnknownParagraph: no report has one of them, or it is no reference.
        :raises UnknownReport: the build has no report of that symbol.
        """
        return show(self.index, reference, report)

    def reply(
        self,
        question: str,
        history: Sequence[str] = (),
        report: str | None = None,
        k: int | None = None,
    ) -> Reply:
        """Say what there is to say to a checked question, with the whole ranking; see `ask`."""
        return self._reply(self.index, question, history, report, k)

    def _reply(
        self,
        index: Index,
        question: str,
        history: Sequence[str],
        report: str | None,
        k: int | None = None,
    ) -> Reply:
        reports = index.reports if report is None else (resolve_report(index.reports, report),)
        step = find_step(question)
        if step:
            return self._step(index, question, step, history, report)
        within = None if report is None else index.rows_of([r.symbol for r in reports])
        references = find_references(question)
        if references:
            rows, missing = _named(index, reports, references)
            if missing:
                return no_such_paragraph(question, missing[0], _available(reports))
            if not asks_more(question):
                return answer_by_number([index.paragraphs[row] for row in rows])
            within = np.array(rows, dtype=np.int64)
        context = context_of(question, history)
        ranking = retrieve(question, index, self._encoder, within, context)
        return answer_from_ranking(
            ranking, k or self.settings.citations, self.settings.refusal_threshold
        )

    def _step(
        self, index: Index, question: str, step: int, history: Sequence[str], report: str | None
    ) -> Reply:
        """Give the paragraph before or after the one that the last answer cited."""
        earlier = self._reply(index, history[-1], history[:-1], report) if history else None
        cited = earlier.citations if earlier else ()
        if not cited:
            return cannot_step(question)
        start = cited[0] if step < 0 or cited[0].score < 1 else cited[-1]
        row = index.paragraphs.index(start.paragraph)
        beside = index.paragraphs[row + step : row + step + 1] if row + step >= 0 else ()
        beside = tuple(p for p in beside if p.report == start.paragraph.report)
        return answer_by_number(beside) if beside else cannot_step(question)


def show(index: Index, reference: str, report: str | None = None) -> list[Paragraph]:
    """Give the paragraphs of a build that a reference names; see `Assistant.show`."""
    reports = list(index.reports) if report is None else [resolve_report(index.reports, report)]
    exact = [p for r in reports for p in r.paragraphs if p.id == reference.strip() and p.place > 1]
    if exact:
        return exact
    references = find_references(reference)
    if not references or asks_more(reference):
        raise UnknownParagraph(
            f"'{reference}' names no paragraph; expected a number, a range or an id, as 25, 21-25, "
            f"{_example_id(reports)}"
        )
    found, missing = _named(index, reports, references)
    if missing:
        known = "; ".join(
            f"{symbol} has {', '.join(f'{scope} {numbers}'.strip() for scope, numbers in scopes)}"
            for symbol, scopes in _available(reports)
        )
        raise UnknownParagraph(f"no paragraph {missing[0]}; {known}")
    return [index.paragraphs[row] for row in found]


def resolve_report(reports: Sequence[Report], symbol: str) -> Report:
    """Find a report by its symbol or by another symbol of its masthead.

    :raises UnknownReport: there is none.
    """
    for report in reports:
        if symbol.casefold() in {name.casefold() for name in (report.symbol, *report.aliases)}:
            return report
    known = ", ".join(report.symbol for report in reports)
    raise UnknownReport(f"no report {symbol}; the build has {known}")


def checked_question(question: str) -> str:
    """Return a question without blanks around it.

    :raises QuestionError: it is empty, or longer than 2,000 characters.
    """
    text = "".join(char for char in question if char.isprintable() or char.isspace()).strip()
    if not text:
        raise QuestionError(
            "the question is empty, expected some words; type what you want to know"
        )
    if len(text) > _LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(text)} characters, expected at most {_LONGEST_QUESTION}; "
            "shorten it"
        )
    return text


def example_questions(settings: Settings, reports: Sequence[Report]) -> tuple[str, ...]:
    """Give questions to begin with, from `questions.json` beside the reports.

    The file maps symbols to lists of questions. Without it the titles of sections are asked for.
    """
    try:
        listed = json.loads((settings.data / _EXAMPLES).read_text("utf-8"))
        found = [str(q) for report in reports for q in listed.get(report.symbol, ())]
    except FileNotFoundError:
        found = []
    except (OSError, ValueError, AttributeError, TypeError) as exc:
        raise ReportError(
            f"{settings.data / _EXAMPLES}: expected a JSON object from symbols to lists of "
            f"questions ({exc}); mend or remove it"
        ) from exc
    if found:
        return tuple(found)
    titles = dict.fromkeys(p.section[-1] for r in reports for p in r.paragraphs if p.section)
    return tuple(titles)[:4]


def _named(index: Index, reports: Sequence[Report], references: Sequence[Reference]) -> Named:
    """Give the rows that references name, and the ids of those that no report has."""
    found: list[int] = []
    missing: list[str] = []
    for reference in references:
        for number in range(reference.first, reference.last + 1):
            scope = reference.scope
            here = [row for report in reports for row in index.find(report.symbol, scope, number)]
            found += here
            if not here:
                missing.append(reference.ids[number - reference.first])
    return found, missing


def _available(reports: Sequence[Report]) -> list[tuple[str, list[tuple[str, str]]]]:
    """List which numbers each report has: its symbol, and for each scope the ranges."""
    listed = []
    for report in reports:
        scopes: dict[str, list[int]] = {}
        for p in report.paragraphs:
            scopes.setdefault(p.scope, []).append(int(p.number))
        listed.append((report.symbol, [(s, ranges(sorted(set(n)))) for s, n in scopes.items()]))
    return listed


def _example_id(reports: Sequence[Report]) -> str:
    return next((p.id for r in reports for p in r.paragraphs if p.scope), "Annex I/2")
