"""A build on disk: asking it for candidates. `making` writes it, `opening` opens it.

`index/builds/<id>/` holds

    manifest.json                     what `manifest` says
    reports.jsonl, paragraph*         the reports, see `sources`
    *member*, holder*, owner*, …      which pieces paragraphs have, see `members`
    vectors.faiss                     a vector for each piece, then for each window, see `vectors`
    bits.faiss                        a few bits of each number of them, where they are many
    window*.npy, token*               the windows and packed tokens of pieces, see `pieces.Layout`
    word*, sentence*                  BM25 over windows, see `postings`

All of it is mapped: what a question looks at is read then.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from duanci import lexicon, members, pieces, sources, vectors
from duanci.arrays import map_array
from duanci.errors import DamagedBuild
from duanci.lexicon import Asked, Matched
from duanci.manifest import MEND, Manifest
from duanci.numerals import scope_key
from duanci.pieces import Pieces, pick_layout
from duanci.postings import Words, read_words
from duanci.ragged import Rows, places_of, starts_of
from duanci.records import Build, Paragraph
from duanci.resident import LARGE, fetch
from duanci.sources import all_paragraphs, read_scopes, read_sources
from duanci.tokens import Tokens, unit_rows, unpack
from duanci.translation import Translator

FILES = (*sources.FILES, *members.FILES, *vectors.FILES, *pieces.FILES, *lexicon.FILES)

Scores = NDArray[np.float32]

_AVERAGED = 1000  # pieces, at least and if there are: whose tokens tell the mean of all


class Shelf(NamedTuple):
    """The paragraphs in one language: their rows, ascending, or None for all there are.

    `mean` float32 (d,) is the mean of their tokens.
    """

    rows: Rows | None
    mean: Scores

    def kept_to(self, rows: Rows | None) -> "Shelf":
        """Return those of its paragraphs that are among some rows; None keeps all."""
        if rows is None:
            return self
        return self._replace(rows=rows if self.rows is None else np.intersect1d(self.rows, rows))


class Index:
    """An opened build: candidates by vector, candidates by words, token vectors, paragraphs."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self.notice = ""  # what a reader should know of it
        self.folder = folder
        self.size = sum((folder / name).stat().st_size for name in FILES)  # bytes
        self.sources = read_sources(folder)
        self.reports = tuple(source.report for source in self.sources)
        self.paragraphs: Sequence[Paragraph] = all_paragraphs(self.sources)
        self._numbers = map_array(folder / sources.NUMBERS)
        self._scopes = read_scopes(folder)
        starts = starts_of([len(report.paragraphs) for report in self.reports])
        self._rows = {
            report.symbol: slice(int(first), int(last))
            for report, first, last in zip(self.reports, starts, starts[1:], strict=False)
        }
        self._members = members.Members(folder)
        self._layout = pieces.read_layout(folder)
        self._vectors = vectors.VectorStore(folder, manifest.search)
        self.words = lexicon.Lexicon(folder)
        self._translator = Translator(folder)
        self._check_counts(folder)

    @property
    def build(self) -> Build:
        """Which build this is."""
        return self.manifest.build

    @property
    def vector_count(self) -> int:
        """How many vectors there are, of pieces and windows."""
        return self._vectors.shape[0]

    def near(self, vector: Scores, count: int) -> tuple[Rows, float]:
        """Return the rows of the paragraphs that have the `count` nearest vectors, nearest first.

        :param vector: float32 (d,), of unit length; pieces and windows are searched together.
        :return: the rows, and the cosine of the nearest vector; -1 where there is none.
        """
        places, cosines = self._vectors.nearest(vector, count)
        return self._owners_of(places), float(cosines[0]) if len(cosines) else -1.0

    def near_of(self, vector: Scores, rows: Rows) -> tuple[Rows, float]:
        """Return some rows, those of the nearest vectors first, as `near` does."""
        own = self._members.own(rows)
        in_windows = places_of(self._layout.window_starts, own) + self._layout.count
        own_and_windows = np.concatenate([own, in_windows])
        places, cosines = self._vectors.nearest_of(vector, own_and_windows)
        found = self._owners_of(places)
        return found[np.isin(found, rows)], float(cosines[0]) if len(cosines) else -1.0

    def said(self, asked: Asked, count: int) -> Rows:
        """Return the rows of the paragraphs whose best windows have the best BM25 scores.

        :return: best first, of equal ones the first row first: `count`, or all that share a word.
            Last come those that have it in a heading above many.
        """
        wanted = count
        while True:
            found, scores = self.words.best(asked, wanted)
            rows, of_piece = self._members.holders(found)
            tells = self._members.tell_apart(rows, found[of_piece])
            order = np.lexsort((rows, -scores[of_piece], ~tells))
            best, first = np.unique(rows[order], return_index=True)
            if np.count_nonzero(tells[order][first]) >= count or len(found) < wanted:
                return best[np.argsort(first)][:count]
            wanted *= 2

    def rows_with(self, words: Sequence[str], count: int) -> Rows:
        """Return the rows of paragraphs, ascending, that have the rarest of some words.

        :param count: of so many pieces of text at most.
        """
        return np.unique(self._members.holders(self.words.pieces_with(words, count))[0])

    def match(self, rows: Rows, asked: Asked) -> Matched:
        """Match the words of a question in some paragraphs, of their pieces the best.

        The BM25 score leaves out headings above many.
        """
        if not len(rows):
            return Matched(*[np.empty(0, np.float32)] * 3)
        own, starts = self._members.of_all(rows)
        distinct, place = np.unique(own, return_inverse=True)
        of_pieces = self.words.score(distinct, asked)
        telling = self._members.tell_apart(np.repeat(rows, np.diff(starts)), own)
        words = np.where(telling, of_pieces.words[place], 0)
        pieces = (words, of_pieces.coverage[place], of_pieces.breadth[place])
        return Matched(*(np.maximum.reduceat(one, starts[:-1]) for one in pieces))

    def translate(self, rows: Rows, asked: Sequence[str]) -> Scores:
        """Tell how likely the own texts of paragraphs mean words, float32 (r, w); see `Translator`.

        :param asked: w words of a question, as of `translation.asked_words`.
        """
        return self._translator.translate(self._members.own(rows), asked)

    def members_of(self, row: int) -> Rows:
        """Return the pieces of a paragraph, its own first."""
        return self._members.of(row)

    def members_of_all(self, rows: Rows) -> tuple[Rows, Rows, NDArray[np.bool_]]:
        """Return the pieces of some paragraphs, where those of each begin, and which tell it apart.

        A heading above many paragraphs does not.
        """
        own, starts = self._members.of_all(rows)
        return own, starts, self._members.tell_apart(np.repeat(rows, np.diff(starts)), own)

    def windows_of(self, row: int) -> NDArray[np.int32]:
        """Return the windows of a paragraph's own piece: its sentences, then their pairs.

        :return: int32 (w, 2), offsets in its text; those beyond it lie in its footnotes.
        """
        return self._layout.windows[self._layout.windows_of(int(self.members_of(row)[0]))]

    def tokens_of(self, members: Rows) -> tuple[Tokens, Rows]:
        """Return the tokens of some pieces, one after the other, and how many sentences each has.

        :param members: int64 (r,).
        """
        layout = self._layout
        counts = layout.sentence_counts(members)
        slices = [layout.tokens_of(piece) for piece in members.tolist()]
        arrays: tuple[NDArray[Any], ...] = (layout.nibbles, layout.scales, layout.sentences)
        parts = [[array[own] for own in slices] for array in arrays]
        if self.size > LARGE:
            fetch(chain(*parts, (layout.means[piece : piece + 1] for piece in members.tolist())))
        nibbles, scales, sentences = (np.concatenate(own) for own in parts)
        owner = np.repeat(np.arange(len(members)), [own.stop - own.start for own in slices])
        first = starts_of(counts)
        places = first[owner] + sentences
        means = layout.means[members]
        return Tokens(nibbles, scales, means, owner, places, int(first[-1])), counts

    def centred_tokens(self, row: int, mean: Scores) -> Scores:
        """Return the tokens of a paragraph's own text, less a mean, float32 (t, d), unit rows."""
        tokens, _ = self.tokens_of(self.members_of(row)[:1])
        vectors = unpack(tokens.nibbles, tokens.scales) + tokens.means[tokens.owner]
        return unit_rows(np.asarray(vectors - mean, np.float32))

    @cached_property
    def mean_token(self) -> Scores:
        """The mean of the tokens of all pieces, of many of some thousand; float32 (d,)."""
        return self._mean_of(np.arange(self._layout.count))

    def _mean_of(self, own: Rows) -> Scores:
        layout = self._layout
        own = own[:: max(1, len(own) // _AVERAGED)]
        counts = (layout.token_starts[own + 1] - layout.token_starts[own]).astype(np.float32)
        total = counts @ layout.means[own]
        return np.asarray(total / max(float(counts.sum()), 1.0), np.float32)

    @cached_property
    def shelves(self) -> tuple[Shelf, ...]:
        """Its paragraphs, those in each language by themselves; the most first."""
        symbols: dict[str, list[str]] = {}
        for report in self.reports:
            symbols.setdefault(report.language, []).append(report.symbol)
        if len(symbols) < 2:
            return (Shelf(None, self.mean_token),)
        found = sorted(map(self.rows_of, symbols.values()), key=len, reverse=True)
        pieces_of = (np.unique(self._members.of_all(rows)[0]) for rows in found)
        return tuple(Shelf(*of) for of in zip(found, map(self._mean_of, pieces_of), strict=True))

    def rows_of(self, symbols: Sequence[str]) -> Rows:
        """Return the rows of the paragraphs of some reports."""
        wanted = set(symbols)
        found = [np.arange(own.start, own.stop) for s, own in self._rows.items() if s in wanted]
        return np.concatenate([np.empty(0, np.int64), *found])

    def find(self, report: str | None, scope: str, number: int) -> list[int]:
        """Return the rows of the paragraphs that a report prints a number for; none if it has not.

        There are several where a report prints it again.

        :param report: its symbol; None for all reports.
        """
        own = slice(0, len(self._numbers)) if report is None else self._rows.get(report)
        wanted = scope_key(scope)
        scopes = [at for at, name in enumerate(self._scopes) if scope_key(name) == wanted]
        if own is None or not scopes:
            return []
        here = self._numbers[own]
        at = np.flatnonzero(here[:, 1] == number)
        found = at[np.isin(here[at, 0], scopes)] + own.start
        return [int(row) for row in found]

    def row_of(self, paragraph: Paragraph) -> int:
        """Return the row of one of its paragraphs."""
        rows = self.find(paragraph.report, paragraph.scope, int(paragraph.number))
        return next(row for row in rows if self.paragraphs[row] == paragraph)

    def numbers_of(self, report: str) -> dict[str, list[int]]:
        """Return the numbers that a report has in each of its scopes, in their order."""
        found: dict[str, list[int]] = {}
        for scope, number in self._numbers[self._rows[report]].tolist():
            found.setdefault(self._scopes[scope], []).append(number)
        return found

    def keys_of_rows(self, first: int, last: int) -> tuple[pieces.Keys, Rows]:
        """Return the keys of the pieces of rows `first` to `last`, and how many each has."""
        own, starts = self._members.of_all(np.arange(first, last))
        return self.keys[own], np.diff(starts)

    @property
    def keys(self) -> pieces.Keys:
        """What stands for the text of each piece."""
        return map_array(self.folder / members.KEYS)

    def pick_pieces(self, places: Rows) -> Pieces:
        """Return some pieces with all that is indexed of them, in the order of `places`."""
        layout = self._layout
        words, starts = self._words
        of_windows = places_of(layout.window_starts, places) + layout.count
        return Pieces(
            pick_layout(layout, places),
            self._vectors.take(places),
            self._vectors.take(of_windows),
            words.pick(places_of(starts, places)),
        )

    @cached_property
    def _words(self) -> tuple[Words, Rows]:
        return read_words(self.folder)

    def _owners_of(self, places: Rows) -> Rows:
        """Return the rows whose own the pieces or windows at some places are, each once."""
        layout = self._layout
        in_windows = np.maximum(places - layout.count, 0)
        of_window = np.searchsorted(layout.window_starts, in_windows, side="right") - 1
        rows = self._members.owners(np.where(places < layout.count, places, of_window))
        return np.array(list(dict.fromkeys(rows.tolist())), dtype=np.int64)

    def _check_counts(self, folder: Path) -> None:
        build, layout = self.build, self._layout
        found = (len(self.paragraphs), len(layout.windows), *self._vectors.shape)
        vectors_stated = layout.count + build.windows
        stated = (build.paragraphs, build.windows, vectors_stated, build.dimension)
        if found != stated:
            raise DamagedBuild(
                f"build {folder.name}: paragraphs, windows, vectors, dimension are {found}, "
                f"expected {stated}; {MEND}"
            )
