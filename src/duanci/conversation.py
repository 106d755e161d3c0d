"""The conversations that are open: what was asked and answered, to export and to judge."""

import threading
from collections import OrderedDict

from duanci.export import Turn

_MOST = 500  # conversations that are remembered; the one longest not spoken in is forgotten


class Conversations:
    """Turns of conversations by the token of their page; each at the place of its message."""

    def __init__(self) -> None:
        self._turns: OrderedDict[str, dict[int, Turn]] = OrderedDict()
        self._turn = threading.Lock()

    def add(self, token: str, place: int, turn: Turn) -> None:
        """Note a turn; those at later places are of a conversation that was cleared.

        :param place: of its answer among the messages, from 0.
        """
        with self._turn:
            turns = self._turns.pop(token, {})
            self._turns[token] = {at: t for at, t in turns.items() if at < place} | {place: turn}
            while len(self._turns) > _MOST:
                self._turns.popitem(last=False)

    def turns(self, token: str) -> tuple[Turn, ...]:
        """Return the turns of a conversation in their order; none for an unknown token."""
        with self._turn:
            return tuple(self._turns.get(token, {}).values())

    def find(self, token: str, place: int) -> tuple[Turn, tuple[str, ...]] | None:
        """Return the turn whose answer is at a place, and the questions before it."""
        with self._turn:
            turns = self._turns.get(token, {})
            if place not in turns:
                return None
            return turns[place], tuple(t.question for at, t in turns.items() if at < place)
