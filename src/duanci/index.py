"""A build on disk: writing its files, opening it, asking it for candidates.

`index/builds/<id>/` holds

    manifest.json          schema, encoder, counts, reports, size and hash of every other file
    paragraphs.jsonl       a report or a paragraph a line, as in `records`
    members.npy            int32 (m,): the pieces of each paragraph, its own first; see `pieces`
    member-starts.npy      int64 (p + 1,): where each paragraph's begin
    vectors.faiss          unit vectors: one for each piece, then one for each window
    window*.npy, token*    the windows and packed tokens of pieces, see `pieces.Layout`
    words/, *word*.npy     BM25 over windows (bm25s), and the words of each sentence
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci import lexicon, pieces, vectors
from duanci.builds import current_id, folder_of, list_builds
from duanci.chunking import Progress
from duanci.encoder import Encoder
from duanci.errors import DamagedBuild, IndexMismatch
from duanci.lexicon import Words
from duanci.manifest import (
    MEND,
    REPORTS,
    Manifest,
    Recipe,
    Source,
    read_manifest,
    read_sources,
    write_manifest,
    write_sources,
)
from duanci.pieces import Pieces, join_pieces, pack_pieces, pieces_of
from duanci.ragged import Rows, places_of, starts_of
from duanci.records import Build
from duanci.references import scope_key
from duanci.segment import sentences_in, simplify, windows, words
from duanci.tokens import Tokens, unpack

_MEMBERS = ("members.npy", "member-starts.npy")
FILES = (REPORTS, vectors.FILE, *_MEMBERS, *pieces.FILES, *lexicon.FILES)
_CHUNK = 512  # pieces that are encoded before they are packed

Scores = NDArray[np.float32]


def open_index(index: Path, encoder: Encoder | None = None) -> "Index":
    """Open the build in force; where it is damaged, the last good one before it, and say so.

    :param encoder: the encoder that questions will be asked with; None where none is needed.
    :raises IndexMissing: nothing has been built yet.
    :raises IndexMismatch: it was made by another encoder or schema, or is damaged with all others.
    """
    build_id = current_id(index)
    try:
        return open_build(folder_of(index, build_id), encoder)
    except DamagedBuild as exc:
        if current_id(index) != build_id:
            return open_index(index, encoder)  # it was replaced, and removed, just now
        for name in reversed([name for name in list_builds(index) if name < build_id]):
            try:
                found = open_build(folder_of(index, name), encoder)
            except IndexMismatch:
                continue
            found.notice = f"{exc}; until then the build before it answers, {name}"
            return found
        raise


def open_build(folder: Path, encoder: Encoder | None = None) -> "Index":
    """Open one build and check all that its manifest states.

    :param encoder: the encoder that questions will be asked with; None where none is needed.
    :raises IndexMismatch: it was made by another encoder or schema, or is damaged.
    """
    return open_read(folder, read_manifest(folder, FILES), encoder)


def open_read(folder: Path, manifest: Manifest, encoder: Encoder | None = None) -> "Index":
    """Open a build whose manifest has been read, and its files checked, just now."""
    if encoder is not None:
        _check_encoder(manifest.build, encoder)
    return Index(folder, manifest)


class Index:
    """An opened build: candidates by vector, candidates by words, token vectors, paragraphs."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self.notice = ""  # what a reader should know of it
        self.sources = read_sources(folder)
        self.reports = tuple(source.report for source in self.sources)
        self.paragraphs = tuple(p for report in self.reports for p in report.paragraphs)
        loaded = (np.load(folder / name, mmap_mode="r").view(np.ndarray) for name in _MEMBERS)
        self._members, self._member_starts = loaded
        self._layout = pieces.read_layout(folder)
        self._vectors = vectors.VectorStore(folder)
        self.words = lexicon.Lexicon(folder, len(self._layout.windows), self._layout.count)
        self._check_counts(folder)
        self._sentence_counts = self._layout.sentence_counts
        own = self._members[
            self._member_starts[:-1]
        ]  # a heading would propose all that is below it
        self._owners = np.argsort(own, kind="stable")
        self._owner_starts = starts_of(np.bincount(own, minlength=self._layout.count))
        self._rows: dict[tuple[str, tuple[str, int], int], list[int]] = {}
        for row, p in enumerate(self.paragraphs):
            self._rows.setdefault((p.report, scope_key(p.scope), int(p.number)), []).append(row)

    @property
    def build(self) -> Build:
        """Which build this is."""
        return self.manifest.build

    @property
    def vector_count(self) -> int:
        """How many vectors there are, of pieces and windows."""
        return self._vectors.shape[0]

    def near(self, vector: Scores, count: int) -> Rows:
        """Return the rows of the paragraphs that have the `count` nearest vectors, nearest first.

        :param vector: float32 (d,), of unit length; pieces and windows are searched together.
        """
        places = self._vectors.nearest(vector, count)
        in_windows = np.maximum(places - self._layout.count, 0)
        of_window = np.searchsorted(self._layout.window_starts, in_windows, side="right") - 1
        found = np.where(places < self._layout.count, places, of_window)
        rows = self._owners[places_of(self._owner_starts, found)]
        return np.array(list(dict.fromkeys(rows.tolist())), dtype=np.int64)

    def best_windows(self, scores: Scores) -> Scores:
        """Return the score of each paragraph's best window, float32 (p,).

        :param scores: float32 (w,), of every window.
        """
        best = np.maximum.reduceat(scores, self._layout.window_starts[:-1])
        return np.maximum.reduceat(best[self._members], self._member_starts[:-1])

    def members_of(self, row: int) -> Rows:
        """Return the pieces of a paragraph, its own first."""
        own: Rows = self._members[self._member_starts[row] : self._member_starts[row + 1]]
        return own

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
        counts = self._sentence_counts[members]
        slices = [layout.tokens_of(piece) for piece in members.tolist()]
        nibbles, scales, sentences = (
            np.concatenate([array[own] for own in slices])
            for array in (layout.nibbles, layout.scales, layout.sentences)
        )
        owner = np.repeat(np.arange(len(members)), [own.stop - own.start for own in slices])
        first = starts_of(counts)
        places = first[owner] + sentences
        means = layout.means[members]
        return Tokens(unpack(nibbles, scales), means, owner, places, int(first[-1])), counts

    def rows_of(self, symbols: Sequence[str]) -> Rows:
        """Return the rows of the paragraphs of some reports."""
        rows = [row for row, p in enumerate(self.paragraphs) if p.report in symbols]
        return np.array(rows, dtype=np.int64)

    def find(self, report: str, scope: str, number: int) -> list[int]:
        """Return the rows of the paragraphs that a report prints a number for; none if it has not.

        There are several where a report prints it again.
        """
        return self._rows.get((report, scope_key(scope), number), [])

    def known_pieces(self) -> dict[str, int]:
        """Return the texts of the pieces, with their places."""
        return {
            text: int(piece)
            for row, paragraph in enumerate(self.paragraphs)
            for text, piece in zip(pieces_of(paragraph), self.members_of(row), strict=True)
        }

    def pick_pieces(self, places: Rows) -> Pieces:
        """Return some pieces with all that is indexed of them, in the order of `places`."""
        count, found = self._layout.count, self._vectors.all
        return Pieces(self._layout, found[:count], found[count:], self.words.words).pick(places)

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


def write_build(
    folder: Path,
    named: tuple[str, str],
    sources: Sequence[Source],
    recipe: Recipe,
    encoder: Encoder,
    earlier: Index | None = None,
    progress: Progress | None = None,
) -> int:
    """Write the files of a build.

    :param folder: exists and is empty.
    :param named: its id, and when it was made.
    :param sources: the reports, in the order in which they are listed.
    :param earlier: a build by the same recipe and encoder, whose pieces are taken over.
    :return: how many pieces were embedded.
    """
    paragraphs = [p for source in sources for p in source.report.paragraphs]
    write_sources(folder, sources)
    members = [pieces_of(p) for p in paragraphs]
    texts = dict.fromkeys(text for own in members for text in own)
    made, places, embedded = _make_pieces(list(texts), encoder, earlier, progress)
    flat = np.array([places[text] for own in members for text in own], np.int32)
    np.save(folder / _MEMBERS[0], flat)
    np.save(folder / _MEMBERS[1], starts_of([len(own) for own in members]))
    made.layout.write(folder)
    vectors.write_vectors(folder, made.vectors, made.window_vectors)
    lexicon.write_lexicon(folder, made.words, made.layout.sentence_counts)
    symbols = tuple(source.report.symbol for source in sources)
    build = Build(
        *named,
        encoder.name,
        encoder.fingerprint,
        encoder.dimension,
        symbols,
        len(paragraphs),
        len(made.layout.windows),
    )
    write_manifest(folder, build, sources, recipe)
    return embedded


def _make_pieces(
    texts: Sequence[str], encoder: Encoder, earlier: Index | None, progress: Progress | None
) -> tuple[Pieces, dict[str, int], int]:
    """Take over the pieces that are known, embed the others.

    :return: the pieces, the place of each text among them, and how many were embedded.
    """
    known = earlier.known_pieces() if earlier else {}
    old = [text for text in texts if text in known]
    new = [text for text in texts if text not in known]
    parts = []
    if earlier and old:
        parts.append(earlier.pick_pieces(np.array([known[text] for text in old], np.int64)))
    for at in range(0, len(new), _CHUNK):
        parts.append(_embed(new[at : at + _CHUNK], encoder, _from(progress, at, len(new))))
    places = {text: at for at, text in enumerate([*old, *new])}
    return join_pieces(parts), places, len(new)


def _embed(texts: Sequence[str], encoder: Encoder, progress: Progress | None) -> Pieces:
    spans = [windows(text) for text in texts]
    encoded = encoder.encode_paragraphs([simplify(text) for text in texts], spans, progress)
    said = (
        words(text[start:end])
        for text, cuts in zip(texts, spans, strict=True)
        for start, end in cuts[: sentences_in(len(cuts))]
    )
    return pack_pieces(encoded, spans, Words.number(said))


def _from(progress: Progress | None, done: int, total: int) -> Progress | None:
    """Tell progress of a part of the work as that of the whole."""
    return None if progress is None else lambda here, _: progress(done + here, total)


def _check_encoder(build: Build, encoder: Encoder) -> None:
    made, used = (build.fingerprint, build.dimension), (encoder.fingerprint, encoder.dimension)
    if made != used:
        raise IndexMismatch(
            f"build {build.id} was made by encoder {build.encoder} ({build.fingerprint}), "
            f"the one in use is {encoder.name} ({encoder.fingerprint}); "
            f"{MEND} with --encoder {encoder.name}, or ask with --encoder {build.encoder}"
        )
