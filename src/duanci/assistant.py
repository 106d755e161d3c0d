"""The facade: open, ask, show, rebuild."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from duanci.about import find_subject, tell_subject
from duanci.answer import (
    Reply,
    answer_by_number,
    answer_from_rankings,
    cannot_step,
    no_such_footnote,
    no_such_paragraph,
)
from duanci.builds import current_id
from duanci.chunking import Progress
from duanci.config import Settings
from duanci.encoder import Encoder, open_encoder
from duanci.errors import DuanciError, QuestionError
from duanci.files import Survey
from duanci.followup import understand
from duanci.index import Index
from duanci.library import example_questions
from duanci.lookup import (
    available,
    find_named,
    marks_in,
    resolve_report,
    rows_in_section,
    rows_of_part,
    show,
)
from duanci.opening import open_index
from duanci.questions import log_question
from duanci.rebuild import rebuild
from duanci.records import Answer, Build, Paragraph, Rebuilt, Report
from duanci.references import asks_more, find_part, find_references, find_step
from duanci.resident import let_go
from duanci.retrieve import retrieve
from duanci.segment import content_words, tagged
from duanci.status import Status, status_of

__all__ = ["Assistant", "LONGEST_QUESTION", "checked_question", "rebuild", "show"]

LONGEST_QUESTION = 2000  # characters
_WARMED, _LONGEST_TAGGED = 300, 300  # paragraphs read ahead, and characters of each


class Assistant:
    """A build and an encoder, ready to answer."""

    def __init__(self, settings: Settings, index: Index, encoder: Encoder) -> None:
        self.settings = settings
        self._index = index
        self._encoder = encoder
        self._current = index.build.id  # what CURRENT named when it was last looked at
        self._turn = threading.Lock()
        self._survey = Survey(settings.data)
        self._rebuilding, self._progress, self._problem = False, (0, 0), ""
        self.last: Rebuilt | None = None  # what became of the last rebuild here, if one was made
        # BLAS's threads wait in a loop after each product, on the cores that the encoder needs
        threadpool_limits(1, "blas")
        self.reply("谁？")  # what is loaded on first use is loaded now

    @classmethod
    def open(cls, settings: Settings) -> "Assistant":
        """Open the build in force with the encoder that the settings name.

        :raises DuanciError: there is no build, or it does not belong to this encoder.
        """
        current_id(settings.index)  # tells of a missing build before the encoder is loaded
        return cls.open_with(settings, open_encoder(settings))

    @classmethod
    def open_with(cls, settings: Settings, encoder: Encoder) -> "Assistant":
        """Open the build in force with an encoder that is open already."""
        return cls(settings, open_index(settings.index, encoder), encoder)

    def warm_up(self) -> None:
        """Read ahead what questions in the words of the reports need of dictionaries and models."""
        self._encoder.compare("", "")
        for paragraph in self.index.paragraphs[:_WARMED]:
            content_words(paragraph.text)
            tagged(paragraph.text[:_LONGEST_TAGGED])

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
        return example_questions(self.settings.data, self.reports)

    def status(self) -> Status:
        """Tell which build answers, and whether the reports have changed since it was made."""
        index = self.index
        told = status_of(index.manifest, self._survey, index.notice)
        return replace(
            told, rebuilding=self._rebuilding, progress=self._progress, problem=self._problem
        )

    def rebuild(self, progress: Progress | None = None, *, allow_findings: bool = False) -> Rebuilt:
        """Take in the reports as they are now; questions are answered meanwhile.

        :param progress: is told how many pieces of text are embedded, of how many.
        :raises DuanciError: no build was made, and the one before answers; `status` tells why.
        """
        self._rebuilding, self._progress = True, (0, 0)

        def note(done: int, total: int) -> None:
            self._progress = (done, total)
            if progress:
                progress(done, total)

        try:
            rebuilt = rebuild(self.settings, self._encoder, note, allow_findings=allow_findings)
            self.last, self._problem = rebuilt, ""
        except DuanciError as exc:
            self._problem = str(exc)
            raise
        finally:
            self._rebuilding = False
        return rebuilt

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int | None = None,
        report: str | None = None,
        section: Sequence[str] = (),
    ) -> Answer:
        """Answer a question from the reports, or refuse.

        :param history: earlier questions of the conversation, oldest first.
        :param k: at most so many citations; the settings' number if None.
        :param report: the symbol of the one report to keep to.
        :param section: the path of headings of the one section of it to keep to.
        :raises QuestionError: there is nothing to answer, or too much.
        :raises UnknownReport: the build has no report of that symbol.
        :raises UnknownSection: no report that is kept to has that section.
        """
        started = time.perf_counter()
        question = checked_question(question)
        log_question(question)
        index = self.index
        reply = self._reply(index, question, history, report, k, section)
        let_go(self.settings.index, index.size)
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
        section: Sequence[str] = (),
    ) -> Reply:
        reports = index.reports if report is None else (resolve_report(index.reports, report),)
        subject = find_subject(question)
        if subject:
            return Reply(False, tell_subject(subject, question, reports))
        step = find_step(question)
        if step:
            return self._step(index, question, step, history, report)
        within = None if report is None else index.rows_of([r.symbol for r in reports])
        if section:
            within = rows_in_section(index, reports, section)
        references, named = find_references(question), np.empty(0, np.int64)
        note: str | None = None
        if references:
            rows, missing = find_named(index, reports, references)
            if missing:
                return no_such_paragraph(question, missing[0], available(index, reports))
            named = np.array(rows, dtype=np.int64)
        elif len(reports) == 1 and (part := find_part(question)):
            named, note = rows_of_part(index, reports[0], part), part.note
            if note and not named.size and not asks_more(question):
                return no_such_footnote(question, note, marks_in(index, reports[0]))
        if named.size:
            if not asks_more(question):
                shown = [index.paragraphs[row] for row in named.tolist()]
                return answer_by_number(shown, note or "")
            within = named
        question, context = understand(question, history)
        rankings = retrieve(question, index, self._encoder, within, context)
        return answer_from_rankings(
            rankings, k or self.settings.citations, self.settings.refusal_threshold, note
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
        row = index.row_of(start.paragraph)
        beside = index.paragraphs[row + step : row + step + 1] if row + step >= 0 else ()
        beside = tuple(p for p in beside if p.report == start.paragraph.report)
        return answer_by_number(beside) if beside else cannot_step(question)


def checked_question(question: str) -> str:
    """Return a question without blanks around it.

    :raises QuestionError: it is empty, or longer than 2,000 characters.
    """
    text = "".join(char for char in question if char.isprintable() or char.isspace()).strip()
    if not text:
        raise QuestionError(
            "the question is empty, expected some words; type what you want to know"
        )
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(text)} characters, expected at most {LONGEST_QUESTION}; "
            "shorten it"
        )
    return text
