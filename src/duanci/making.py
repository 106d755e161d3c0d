"""Writing a build: reports first, then what is indexed of them, a part at a time.

What grows in memory with the corpus are the keys of its pieces and of its words, and where its
vectors lie: about 100 bytes a paragraph and 12 a word.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from duanci.chunking import Progress
from duanci.encoder import Encoder
from duanci.index import Index
from duanci.manifest import Recipe, Source, write_manifest
from duanci.members import find_keys, join_keys, number_keys, write_members
from duanci.pieces import Keys, LayoutWriter, Pieces, keys_of, pack_pieces, pieces_of
from duanci.postings import PostingsWriter, Words
from duanci.ragged import Rows, starts_of
from duanci.records import Build, Paragraph
from duanci.segment import sentences_in, simplify, windows, words
from duanci.sources import Paragraphs, SourceWriter, all_paragraphs, read_sources
from duanci.vectors import VectorWriter

_CHUNK = 512  # pieces that are encoded before they are packed
_COPIED = 4096  # pieces that are taken over at once


def write_build(
    folder: Path,
    named: tuple[str, str],
    sources: Iterable[Source],
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
    with ExitStack() as files:
        written, texts = _write_sources(folder, files, sources, earlier)
        plan = _plan(texts, earlier)
        write_members(folder, plan.place[texts.number], texts.starts, texts.keys[plan.order])
        writer = _PiecesWriter(folder, files, len(plan.order), encoder.dimension)
        if earlier:
            for at in range(0, len(plan.old), _COPIED):
                writer.add(earlier.pick_pieces(plan.old[at : at + _COPIED]))
        new = plan.order[len(plan.old) :]
        paragraphs = all_paragraphs(read_sources(folder))
        for at in range(0, len(new), _CHUNK):
            chunk = list(texts.read(new[at : at + _CHUNK], paragraphs))
            writer.add(_embed(chunk, encoder, _from(progress, at, len(new))))
        search = writer.close()
    build = Build(
        *named,
        encoder.name,
        encoder.fingerprint,
        encoder.dimension,
        tuple(written.symbols),
        written.count,
        writer.windows,
    )
    write_manifest(folder, build, written.stamps, recipe, search, encoder.arithmetic)
    return len(new)


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of u pieces, each once, in the order in which they come first.

    `keys` uint64 (u, 2) stand for them, `first` int64 (u,) are where they come first among all
    members of paragraphs, `number` int64 (m,) which of them each member is, and `starts` int64
    (p + 1,) where the members of each paragraph begin.
    """

    keys: Keys
    first: Rows
    number: Rows
    starts: Rows

    def read(self, places: Rows, paragraphs: Iterable[Paragraph]) -> Iterator[str]:
        """Give some of the texts."""
        assert isinstance(paragraphs, Paragraphs)
        members = self.first[places]
        rows = np.searchsorted(self.starts, members, side="right") - 1
        for row, slot in zip(rows.tolist(), (members - self.starts[rows]).tolist(), strict=True):
            yield pieces_of(paragraphs[row])[slot]


@dataclass(frozen=True, slots=True)
class _Plan:
    """In which order u texts become pieces: those that are known, then those to be embedded.

    `order` int64 (u,) are the texts, `place` int64 (u,) their pieces, `old` int64 (o,) where the
    first o of them are in the earlier build.
    """

    order: Rows
    place: Rows
    old: Rows


class _PiecesWriter:
    """Writes all that is indexed of pieces, a part at a time."""

    def __init__(self, folder: Path, files: ExitStack, count: int, dimension: int) -> None:
        self._layout = LayoutWriter(folder, files)
        self._postings = PostingsWriter(folder, files)
        self._vectors = VectorWriter(folder, files, count, dimension)

    @property
    def windows(self) -> int:
        """How many windows are written."""
        return self._layout.windows

    def add(self, pieces: Pieces) -> None:
        """Add pieces, new ones or as another build keeps them."""
        self._vectors.add(pieces.vectors, pieces.window_vectors)
        own = np.arange(pieces.layout.count)
        self._layout.add(pieces.layout)
        self._postings.add(pieces.words, pieces.layout.sentence_counts(own))

    def close(self) -> dict[str, object]:
        """Write what is left; return how vectors are searched."""
        self._layout.close()
        self._postings.close()
        return self._vectors.close()


def _write_sources(
    folder: Path, files: ExitStack, sources: Iterable[Source], earlier: Index | None
) -> tuple[SourceWriter, _Texts]:
    """Write reports as they come, and note which pieces of text they have."""
    writer = SourceWriter(folder, files)
    keys: list[Keys] = []
    sizes: list[Rows] = []
    for source in sources:
        writer.add(source)
        paragraphs = source.report.paragraphs
        is_known = earlier is not None and _is_part(paragraphs, earlier.paragraphs)
        if earlier and is_known and isinstance(paragraphs, Paragraphs):
            own, counts = earlier.keys_of_rows(paragraphs.first, paragraphs.last)
        else:
            members = [pieces_of(p) for p in paragraphs]
            own = keys_of(text for texts in members for text in texts)
            counts = np.array([len(texts) for texts in members], np.int64)
        keys.append(own)
        sizes.append(counts)
    writer.close()
    joined = join_keys(keys)
    first, number = number_keys(joined)
    return writer, _Texts(joined[first], first, number, starts_of(np.concatenate(sizes)))


def _is_part(paragraphs: object, whole: object) -> bool:
    are_read = isinstance(paragraphs, Paragraphs) and isinstance(whole, Paragraphs)
    return are_read and paragraphs.lines is whole.lines  # type: ignore[attr-defined]


def _plan(texts: _Texts, earlier: Index | None) -> _Plan:
    count = len(texts.keys)
    known = find_keys(earlier.keys, texts.keys) if earlier else np.full(count, -1)
    old, new = np.flatnonzero(known >= 0), np.flatnonzero(known < 0)
    order = np.concatenate([old, new])
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    return _Plan(order, place, known[old])


def _embed(texts: list[str], encoder: Encoder, progress: Progress | None) -> Pieces:
    spans = [windows(text) for text in texts]
    said = (
        words(text[start:end])
        for text, cuts in zip(texts, spans, strict=True)
        for start, end in cuts[: sentences_in(len(cuts))]
    )
    with ThreadPoolExecutor(1) as aside:  # words are found while the encoder multiplies
        numbered = aside.submit(Words.number, said)
        encoded = encoder.encode_paragraphs([simplify(text) for text in texts], spans, progress)
        return pack_pieces(encoded, spans, numbered.result())


def _from(progress: Progress | None, done: int, total: int) -> Progress | None:
    """Tell progress of a part of the work as that of the whole."""
    return None if progress is None else lambda here, _: progress(done + here, total)
