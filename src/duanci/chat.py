"""What the web chat does, without Gradio: asks, looks how the build fares, rebuilds, edits."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from duanci import frame, page
from duanci.assistant import LONGEST_QUESTION
from duanci.conversation import Conversation, Conversations, Sheet
from duanci.editing import open_draft, save_draft
from duanci.errors import DuanciError, UnknownParagraph
from duanci.export import Turn
from duanci.feedback import Verdict, record
from duanci.panel import write_place
from duanci.phrases import PHRASES, Language, Phrases
from duanci.questions import log_unexpected
from duanci.sheets import Sheets, Shown, find_report

if TYPE_CHECKING:
    from duanci.assistant import Assistant

log = logging.getLogger(__name__)

_BEGINNING_S = 0.2  # in which a rebuild begins, or finds that there is nothing to do
_PACE_S = 5.0  # how often a page looks how the build fares
_QUICK_PACE_S = 0.7  # the same while it is rebuilt
_NOTHING = Sheet("", "")  # what a page shows of the reports before it is sent one


class Chat:
    """What a page does; each method returns what is to be shown anew.

    The acts raise DuanciError where they fail; `respond` tells it on the page.

    Places of the page are `token`, `phrases` (the language of what Gradio shows), `masthead`,
    `state`, `chat` (messages), `problem`, `scope`, `exports`, `build`, `bar`, `panel`,
    `pace` (seconds between two looks), and of the editor `editor` (is it open), `draft-head`,
    `draft` and `draft-problem`.
    """

    def __init__(
        self, assistant: "Assistant", *, is_watching: bool = False, is_editing: bool = False
    ) -> None:
        self.assistant = assistant
        self.conversations = Conversations()
        self._is_watching, self.is_editing = is_watching, is_editing
        self.sheets = Sheets(assistant, is_editing=is_editing)

    def lay_out_first(self) -> Shown:
        """Write the page as it is before anybody is there: in Chinese, the report still to come."""
        return self.look(Conversation("", "zh", _NOTHING)) | {"panel": write_place("")}

    def start(self, asked: str, language: Language) -> Shown:
        """Begin the conversation of a page that was just loaded as `lay_out_first` wrote it.

        :param asked: what the address of the page asks, or "".
        """
        conversation = self.conversations.begin(language, _NOTHING)
        shown = {"phrases": PHRASES[language], "token": conversation.token}
        shown |= self.look(conversation)
        if not asked.strip():
            return shown
        return shown | self.respond(self.answer, conversation.token, language, asked)

    def respond(
        self, act: Callable[..., Shown], token: str, language: Language, *given: Any
    ) -> Shown:
        """Have one of the acts below done for a page, and say so where it fails.

        :param act: a method of this chat whose first argument is a conversation.
        :param token: of the page's conversation; it begins anew, and says so, if it is forgotten.
        :param language: for a conversation that begins anew.
        """
        conversation, shown = self.conversations.find(token), {}
        if not conversation:
            conversation = self.conversations.begin(language, _NOTHING)  # `look` brings the report
            problem = page.write_problem(PHRASES[language].forgotten)
            shown = {"token": conversation.token, "problem": problem}
        phrases = PHRASES[conversation.language]
        try:
            return shown | act(conversation, *given)
        except DuanciError as exc:
            problem = frame.tell(str(exc), phrases)
        except Exception as exc:
            log_unexpected(log, f"{act.__name__} failed", exc)
            problem = phrases.unexpected
        return shown | {"problem": page.write_problem(problem)}

    def answer(self, conversation: Conversation, question: str) -> Shown:
        """Ask a question, or say why it cannot be asked."""
        question = question.strip()
        problem = _fault(question, PHRASES[conversation.language])
        if problem:
            return {"problem": page.write_problem(problem)}
        scope = conversation.scope
        answer = self.assistant.ask(
            question,
            history=conversation.questions,
            report=scope.report or None,
            section=scope.section,
        )
        with conversation.turn:
            conversation.add(Turn(question, answer, str(scope)))
            return {"problem": "", **self._write_talk(conversation)}

    def look(self, conversation: Conversation) -> Shown:
        """Tell how the build fares, and bring its report if it is another than is shown."""
        status, index = self.assistant.status(), self.assistant.index
        phrases = PHRASES[conversation.language]
        with conversation.turn:
            sheet = conversation.sheet
            state = frame.write_state(
                status, self.assistant.last, phrases, is_watching=self._is_watching
            )
            build = frame.write_build(
                status, index.sources, phrases, with_changes=sheet.with_changes
            )
            told = hashlib.sha256(f"{state}\0{build}".encode()).hexdigest()
            shown: Shown = {}
            if told != conversation.told:
                pace = _QUICK_PACE_S if status.rebuilding else _PACE_S
                shown = {"state": state, "build": build, "pace": pace}
                conversation.told = told
            if index.build.id != sheet.build:
                conversation.sheet = Sheet(index.build.id, sheet.report)
                shown["masthead"] = frame.write_masthead(index.reports, phrases)
                shown |= self.sheets.lay_out(conversation)
        return shown

    def mark(self, conversation: Conversation) -> Shown:
        """Write the conversation again: what it cites may have been edited since."""
        with conversation.turn:
            return self._write_talk(conversation) if conversation.turns else {}

    def clear(self, conversation: Conversation) -> Shown:
        """Forget what was said."""
        with conversation.turn:
            conversation.clear()
        return {"exports": "", "problem": ""}

    def judge(
        self, conversation: Conversation, place: int | None, is_right: bool | str | None
    ) -> Shown:
        """Note what a reader thinks of an answer.

        :param place: of the answer among the messages; None where it is none.
        :param is_right: neither true nor false where a verdict is taken back.
        """
        at = -1 if place is None else conversation.hidden + place // 2  # two messages a turn
        if isinstance(is_right, bool) and 0 <= at < len(conversation.turns):
            verdict = Verdict.UP if is_right else Verdict.DOWN
            answer, before = conversation.turns[at].answer, conversation.questions[:at]
            record(self.assistant.settings.index, verdict, answer, before)
        return {}

    def act(self, conversation: Conversation, wanted: str) -> Shown:
        """Do what a link or a list of the page asks for.

        :param wanted: `look`, `rebuild`, `changes`, `language=en`, or percent-encoded
            `report=SYMBOL`, `edit=SYMBOL ID`; or `scope=` with a value of `write_scope`'s list.
        """
        name, _, value = wanted.partition("=")
        match name:
            case "look":
                return self.look(conversation)
            case "rebuild":
                return self._start_rebuild(conversation)
            case "changes":
                return self._toggle_changes(conversation)
            case "language":
                return self._speak(conversation, "en" if value == "en" else "zh")
            case "report":
                return self._turn_to(conversation, unquote(value))
            case "scope":
                conversation.scope = frame.read_scope(value)
            case "edit":
                return self._open_draft(conversation, unquote(value))
        return {}

    def save_draft(self, conversation: Conversation, text: str) -> Shown:
        """Write the paragraph that is being edited into its report's file."""
        draft = conversation.draft
        if not draft:
            return {"editor": False}
        phrases = PHRASES[conversation.language]
        try:
            report = find_report(self.assistant.index, draft.paragraph.report)
            save_draft(Path(report.file), draft, text)
        except DuanciError as exc:
            return {"draft-problem": page.write_problem(frame.tell(str(exc), phrases))}
        return self.drop_draft(conversation) | self.look(conversation)

    def drop_draft(self, conversation: Conversation) -> Shown:
        """End editing, with nothing written from here on."""
        conversation.draft = None
        return {"editor": False, "draft-problem": ""}

    def _write_talk(self, conversation: Conversation) -> Shown:
        index, phrases = self.assistant.index, PHRASES[conversation.language]
        exports = frame.write_exports(conversation, phrases)
        return {
            "chat": page.write_messages(conversation, index.reports, index.build.id),
            "exports": exports if conversation.turns else "",
        }

    def _start_rebuild(self, conversation: Conversation) -> Shown:
        """Begin to take in the reports as they are now."""
        if not self.assistant.status().rebuilding:
            threading.Thread(target=self._rebuild, name="duanci-rebuild", daemon=True).start()
            time.sleep(_BEGINNING_S)
        return self.look(conversation)

    def _rebuild(self) -> None:
        try:
            self.assistant.rebuild()
        except DuanciError:
            pass  # the status tells it
        except Exception as exc:
            log_unexpected(log, "a rebuild failed", exc)

    def _toggle_changes(self, conversation: Conversation) -> Shown:
        """Show in the report what changed since the build before, or show it no longer."""
        sheet = conversation.sheet
        with conversation.turn:
            conversation.sheet = Sheet(sheet.build, sheet.report, not sheet.with_changes)
            try:
                shown = self.sheets.lay_out(conversation)
            except DuanciError:  # there is no build before
                conversation.sheet = sheet
                raise
        return shown | self.look(conversation)

    def _speak(self, conversation: Conversation, language: Language) -> Shown:
        """Have the page speak a language."""
        conversation.language, conversation.told = language, ""
        phrases = PHRASES[language]
        shown = {"phrases": phrases, "problem": "", "draft-problem": ""}
        shown["masthead"] = frame.write_masthead(self.assistant.reports, phrases)
        with conversation.turn:
            shown |= self.sheets.lay_out(conversation)
        shown |= self.look(conversation) | self.mark(conversation)
        if conversation.draft:
            shown |= self._head_draft(conversation)
        return shown

    def _turn_to(self, conversation: Conversation, symbol: str) -> Shown:
        """Show another report."""
        find_report(self.assistant.index, symbol)
        with conversation.turn:
            sheet = conversation.sheet
            conversation.sheet = Sheet(sheet.build, symbol, sheet.with_changes)
            return self.sheets.lay_out(conversation)

    def _open_draft(self, conversation: Conversation, target: str) -> Shown:
        """Begin to edit a paragraph, named by its report's symbol and its id, a blank between."""
        symbol, _, id_ = target.partition(" ")
        sources = self.assistant.index.sources if self.is_editing else ()
        for source in (source for source in sources if source.report.symbol == symbol):
            for paragraph in (p for p in source.report.paragraphs if p.id == id_):
                draft = conversation.draft = open_draft(source, paragraph)
                shown = self._head_draft(conversation)
                return shown | {"editor": True, "draft": draft.text, "problem": ""}
        raise UnknownParagraph(
            f"no paragraph {target}; the reports have changed: load the page anew"
        )

    def _head_draft(self, conversation: Conversation) -> Shown:
        draft, phrases = conversation.draft, PHRASES[conversation.language]
        assert draft
        report = find_report(self.assistant.index, draft.paragraph.report)
        return {
            "draft-head": frame.write_draft(draft, Path(report.file).name, phrases),
            "draft-problem": "",
        }


def _fault(question: str, phrases: Phrases) -> str:
    """Tell why a question cannot be asked; "" where it can."""
    if not any(sign.isprintable() and not sign.isspace() for sign in question):
        return phrases.empty
    if len(question) > LONGEST_QUESTION:
        return phrases.too_long.format(length=len(question), limit=LONGEST_QUESTION)
    return ""
