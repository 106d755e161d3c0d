"""What the web chat does, without Gradio: asks, looks how the build fares, rebuilds, judges."""

import hashlib
import logging
import secrets
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from duanci import page, panel
from duanci.conversation import Conversations
from duanci.editing import Draft, open_draft, save_draft
from duanci.errors import DuanciError, UnknownParagraph, UnknownReport
from duanci.export import Turn
from duanci.feedback import Verdict, record
from duanci.history import compare_builds

if TYPE_CHECKING:
    from duanci.assistant import Assistant

log = logging.getLogger(__name__)

Messages: TypeAlias = list[dict[str, Any]]

_UNEXPECTED = "出了意外的错误，没有得到回答。请再问一次；若仍然如此，请看服务器的日志。"
_BEGINNING_S = 0.2  # in which a rebuild begins, or finds that there is nothing to do


class Chat:
    """What a page does; of what a method returns, None stays on the page as it is."""

    def __init__(
        self, assistant: "Assistant", *, is_watching: bool = False, is_editing: bool = False
    ) -> None:
        self.assistant = assistant
        self.conversations = Conversations()
        self._is_watching, self.is_editing = is_watching, is_editing

    def answer(
        self, question: str, messages: Messages, token: str, shown: str, told: str
    ) -> tuple[Any, ...]:
        """Ask a question.

        :return: messages, the box's text, the exports, and what `look` returns.
        """
        if not any(sign.isprintable() and not sign.isspace() for sign in question):
            return (None,) * 8
        messages, left = self.reply(question, messages, token)
        files = page.write_exports(token) if self.conversations.turns(token) else ""
        return messages, left, files, *self.look(shown, told)

    def start(self, question: str, messages: Messages, shown: str, told: str) -> tuple[Any, ...]:
        """Begin a conversation, with what the address of the page asks.

        :return: the token that names the conversation, and what `answer` returns.
        """
        token = secrets.token_urlsafe(16)
        if question.strip() and not messages:
            return token, *self.answer(question, messages, token, shown, told)
        return token, None, None, None, *self.look(shown, told)

    def reply(self, question: str, messages: Messages, token: str) -> tuple[Messages, str]:
        """Ask a question and write the answer, or what went wrong, below the conversation.

        A question that could not be asked stays in the box, and out of the conversation's history.

        :param messages: the conversation so far, as Gradio hands it over.
        :param token: names the conversation; "" one that is not remembered.
        :return: the conversation now, and what is to stand in the box.
        """
        question = question.strip()
        try:
            if len(question) > page.QUESTION_LIMIT:
                return [*messages, _say(page.write_problem(_too_long(question)))], question
            answer = self.assistant.ask(question, history=_earlier_questions(messages))
        except DuanciError as exc:
            return [*messages, _say(page.write_problem(str(exc)))], question
        except Exception:
            log.exception("a question could not be answered")
            return [*messages, _say(page.write_problem(_UNEXPECTED))], question
        if token:
            self.conversations.add(token, len(messages) + 1, Turn(question, answer))
        asked = {"role": "user", "content": page.write_question(question)}
        said = page.write_answer(answer, several=len(self.assistant.reports) > 1)
        return [*messages, asked, _say(said)], ""

    def look(self, shown: str, told: str) -> tuple[Any, ...]:
        """Tell how the build fares, and bring its reports if it is another than is shown.

        :param shown: what the page shows: the id of the build.
        :param told: what the page has been told of the build's state.
        :return: the state, the build, what has been told, the reports, what is shown.
        """
        status, index = self.assistant.status(), self.assistant.index
        state = page.write_state(status, self.assistant.last, is_watching=self._is_watching)
        build = panel.write_build(status, index.sources)
        now = hashlib.sha256(f"{state}\0{build}".encode()).hexdigest()
        news = (None, None, None) if now == told else (state, build, now)
        if status.build.id == shown:
            return *news, None, None
        reports = panel.write_reports(index.reports, index.build.id, editable=self.is_editing)
        return *news, reports, index.build.id

    def mark(self, messages: Messages) -> Messages:
        """Mark what was cited in a conversation from paragraphs that have been edited since."""
        return [
            {**message, "content": [self._mark_part(part) for part in message["content"]]}
            if message["role"] == "assistant"
            else message
            for message in messages
        ]

    def rebuild(self, shown: str, told: str) -> tuple[Any, ...]:
        """Begin to take in the reports as they are now, and look."""
        if not self.assistant.status().rebuilding:
            threading.Thread(target=self._rebuild, name="duanci-rebuild", daemon=True).start()
            time.sleep(_BEGINNING_S)
        return self.look(shown, told)

    def show_changes(self, are_shown: bool) -> tuple[str, bool]:
        """Show in the reports what changed since the build before, or show it no longer.

        :raises BuildError: there is no build before.
        """
        index = self.assistant.index
        difference = None if are_shown else compare_builds(self.assistant.settings.index)
        reports = panel.write_reports(
            index.reports, index.build.id, editable=self.is_editing, difference=difference
        )
        return reports, not are_shown

    def open_draft(self, target: str) -> tuple[Draft, str, str]:
        """Begin to edit a paragraph.

        :param target: its report's symbol and its id, a blank between them.
        :return: the draft, the words above it, and its text.
        :raises DuanciError: there is no such paragraph, or its file has changed since the build.
        """
        symbol, _, id_ = target.partition(" ")
        for source in self.assistant.index.sources:
            for paragraph in source.report.paragraphs:
                if (paragraph.report, paragraph.id) == (symbol, id_):
                    draft = open_draft(source, paragraph)
                    return draft, page.write_draft(draft, source.report.file), draft.text
        raise UnknownParagraph(
            f"no paragraph {target}; the reports have changed: load the page anew"
        )

    def save_draft(self, draft: Draft, text: str) -> None:
        """Write an edited paragraph into its report's file.

        :raises DuanciError: nothing was written; the message tells why.
        """
        for source in self.assistant.index.sources:
            if source.report.symbol == draft.paragraph.report:
                save_draft(Path(source.report.file), draft, text)
                return
        raise UnknownReport(f"no report {draft.paragraph.report}; load the page anew")

    def judge(self, place: int, is_right: bool, token: str) -> None:
        """Note what a reader thinks of an answer.

        :param place: of the answer among the messages.
        :raises BuildError: it cannot be written.
        """
        found = self.conversations.find(token, place)
        if found:
            turn, before = found
            verdict = Verdict.UP if is_right else Verdict.DOWN
            record(self.assistant.settings.index, verdict, turn.answer, before)

    def _mark_part(self, part: dict[str, Any]) -> dict[str, Any]:
        if part["type"] != "text":
            return part
        return {**part, "text": page.mark_outdated(part["text"], self.assistant.reports)}

    def _rebuild(self) -> None:
        try:
            self.assistant.rebuild()
        except DuanciError:
            pass  # the status tells it
        except Exception:
            log.exception("a rebuild failed")


def _say(markup: str) -> dict[str, Any]:
    return {"role": "assistant", "content": markup}


def _too_long(question: str) -> str:
    return f"问题有 {len(question):,} 个字符，最多 {page.QUESTION_LIMIT:,} 个。请缩短后再问。"


def _earlier_questions(messages: Messages) -> tuple[str, ...]:
    """Read the reader's questions out of a conversation, oldest first."""
    return tuple(
        page.read_question(part["text"])
        for message in messages
        if message["role"] == "user"
        for part in message["content"]
        if part["type"] == "text"
    )
