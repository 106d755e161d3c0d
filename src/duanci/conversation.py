"""The conversations that are open: what was asked and answered, and what their page shows."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeAlias

from duanci.editing import Draft
from duanci.export import Turn
from duanci.phrases import Language

MOST_CONVERSATIONS = (
    200  # conversations that are remembered; the one longest not spoken in is forgotten
)
_MOST_SHOWN = 50  # turns of a conversation
_MOST_KEPT = 500  # turns of a conversation; the earliest ones are forgotten


@dataclass(frozen=True, slots=True)
class Scope:
    """What questions are kept to: a report, or a section of it; "" is all reports."""

    report: str = ""
    section: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return its name."""
        return self.section[-1] if self.section else self.report


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page shows of the reports: of which build which report, and whether with changes."""

    build: str
    report: str
    with_changes: bool = False


Panel: TypeAlias = tuple[Sheet, Language | None]  # what is sent of it, and in which language if any


@dataclass(slots=True)
class Conversation:
    """A conversation, and what its page shows.

    `told` is a mark of the state that it was told, and `panel` of the report that it was sent.
    `forgotten` counts the turns that are not kept any more.
    """

    token: str
    language: Language
    sheet: Sheet
    scope: Scope = Scope()
    turns: list[Turn] = field(default_factory=list)
    forgotten: int = 0
    told: str = ""
    panel: Panel | None = None
    draft: Draft | None = None
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, turn: Turn) -> None:
        """Add what was asked and answered last."""
        self.turns.append(turn)
        self.forgotten += len(self.turns[:-_MOST_KEPT])
        del self.turns[:-_MOST_KEPT]

    def clear(self) -> None:
        """Forget what was said."""
        self.turns.clear()
        self.forgotten = 0

    @property
    def hidden(self) -> int:
        """How many of the turns kept, the earliest, its page does not show any more."""
        return max(0, len(self.turns) - _MOST_SHOWN)

    @property
    def questions(self) -> tuple[str, ...]:
        """What was asked, oldest first."""
        return tuple(turn.question for turn in self.turns)


class Conversations:
    """Conversations by the token of their page."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Conversation] = OrderedDict()
        self._turn = threading.Lock()

    def begin(self, language: Language, sheet: Sheet) -> Conversation:
        """Begin a conversation whose token nobody can guess."""
        conversation = Conversation(secrets.token_urlsafe(16), language, sheet)
        with self._turn:
            self._open[conversation.token] = conversation
            while len(self._open) > MOST_CONVERSATIONS:
                self._open.popitem(last=False)
        return conversation

    def find(self, token: str) -> Conversation | None:
        """Return the conversation of a token; None where there is none, or not any more."""
        with self._turn:
            if token in self._open:
                self._open.move_to_end(token)
            return self._open.get(token)
