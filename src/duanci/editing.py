"""Editing one paragraph in its report's file: its lines are replaced, every other byte stays."""

import codecs
import hashlib
import os
import re
import shutil
import tempfile
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from duanci.errors import ReportError
from duanci.files import read_bytes
from duanci.manifest import Source
from duanci.records import Paragraph
from duanci.report import Parsed, parse_bytes

_ENDING = re.compile(rb"\r\n|\n|\r")  # as `lines.split_lines` parts a text
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, "\ufeff".encode("gb18030"))
_SHOWN = 30  # characters of a line that a message quotes

_saving = threading.Lock()  # of two saves at once, the later must see what the earlier wrote


@dataclass(frozen=True, slots=True)
class Draft:
    """A paragraph as it is shown for editing.

    `text` is its lines of the file, from its first to its last, with the page breaks and notes that
    stand between: parted by a newline each, with none at the end. `sha256` is that of the bytes of
    the whole file.
    """

    paragraph: Paragraph
    text: str
    sha256: str


def open_draft(source: Source, paragraph: Paragraph) -> Draft:
    """Read the lines of a paragraph from its report's file.

    :param paragraph: one of the source's.
    :raises ReportError: the file cannot be read, or is not as it was indexed.
    """
    data = read_bytes(Path(source.report.file))
    if _hash(data) != source.sha256:
        raise ReportError(
            f"{source.report.file}: changed since the build was made, expected it as it was "
            "indexed; rebuild first, then edit"
        )
    start, end = _span(data, paragraph)
    lines = _ENDING.split(data[start:end])
    text = "\n".join(line.decode(_encoding(data)) for line in lines)
    return Draft(paragraph, text, source.sha256)


def save_draft(file: Path, draft: Draft, text: str) -> None:
    """Replace the lines of a paragraph in its report's file, by one rename.

    New lines end as the first that is replaced; the last keeps its own ending. The file keeps its
    encoding and mode, and is left alone where the text is as it was.

    :param text: the new lines, parted by newlines; blank lines around them are left out.
    :raises ReportError: the file was changed since the draft was opened, cannot be written, cannot
        encode the text, or would not have the same paragraphs as before. Nothing is written then.
    """
    text = _tidy(file, draft, text)
    with _saving:
        data = read_bytes(file)
        _expect(file, data, draft)
        if text == draft.text:
            return
        edited = _put(file, data, draft.paragraph, text)
        _compare(file, draft, text, parse_bytes(data, str(file)), parse_bytes(edited, str(file)))
        try:
            _write(file, draft, edited)
        except OSError as exc:
            raise ReportError(
                f"{file}: cannot be written ({exc.strerror or exc}), expected to put the edit of "
                f"{draft.paragraph.label} there; nothing was written, check permissions and disk"
            ) from exc


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _encoding(data: bytes) -> str:
    """Tell the encoding of a file that `report.decode` can read."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _span(data: bytes, paragraph: Paragraph) -> tuple[int, int]:
    """Return the [start, end) offsets of a paragraph's lines, without the ending of the last."""
    endings = list(_ENDING.finditer(data))
    starts = [0, *(ending.end() for ending in endings)]
    ends = [*(ending.start() for ending in endings), len(data)]
    start = starts[paragraph.line - 1]
    if start == 0:
        start = next((len(mark) for mark in _BYTE_ORDER_MARKS if data.startswith(mark)), 0)
    return start, ends[paragraph.end_line - 1]


def _tidy(file: Path, draft: Draft, text: str) -> str:
    """Return a text with newlines for line ends and no blank lines around it.

    :raises ReportError: it is empty, or has a control character that the draft has not.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    label = draft.paragraph.label
    if not text.strip():
        raise ReportError(
            f"{file}: the new text of {label} is empty, expected its number and text; "
            "nothing was written"
        )
    controls = {char for char in text if unicodedata.category(char) == "Cc"}
    if odd := controls - {"\t", "\n", *draft.text}:
        raise ReportError(
            f"{file}: the new text of {label} has the control character U+{ord(min(odd)):04X}, "
            "expected text; nothing was written, take it out"
        )
    return text


def _expect(file: Path, data: bytes, draft: Draft) -> None:
    if _hash(data) != draft.sha256:
        raise ReportError(
            f"{file}: changed since {draft.paragraph.label} was opened for editing, expected it as "
            "it was then; nothing was written, open the paragraph again"
        )


def _put(file: Path, data: bytes, paragraph: Paragraph, text: str) -> bytes:
    """Return a file's bytes with a text in place of a paragraph's lines.

    :raises ReportError: the file's encoding cannot write the text, or could not be told any more.
    """
    start, end = _span(data, paragraph)
    found = _ENDING.search(data, start)
    before = _ENDING.findall(data, 0, start)
    ending = found[0] if found else before[-1] if before else b"\n"
    encoding = _encoding(data)
    try:
        lines = [line.encode(encoding) for line in text.split("\n")]
    except UnicodeEncodeError as exc:
        raise ReportError(
            f"{file}: the new text of {paragraph.label} has U+{ord(exc.object[exc.start]):04X}, "
            f"expected characters that {encoding} can write; nothing was written, take it out"
        ) from exc
    edited = data[:start] + ending.join(lines) + data[end:]
    if _encoding(edited) != encoding and not edited.isascii():
        raise ReportError(
            f"{file}: with the new text of {paragraph.label} its bytes read as UTF-8, expected "
            f"{encoding} as before; nothing was written, save the file as UTF-8 and rebuild first"
        )
    return edited


def _compare(file: Path, draft: Draft, text: str, was: Parsed, now: Parsed) -> None:
    """Compare a report with what it was before the edit.

    :raises ReportError: more has changed than one paragraph's text.
    """
    fault = (
        _moved(draft.paragraph, was)
        or _renumbered(draft.paragraph, was, now)
        or _touched(draft.paragraph, was, now)
        or _left_over(draft, text, now)
        or _found(was, now)
    )
    if fault:
        raise ReportError(f"{file}: {fault}; nothing was written")


def _moved(paragraph: Paragraph, was: Parsed) -> str:
    places = {p.id: (p.line, p.end_line) for p in was.report.paragraphs}
    if places.get(paragraph.id) == (paragraph.line, paragraph.end_line):
        return ""
    return (
        f"{paragraph.label} is not read from lines {paragraph.line}–{paragraph.end_line}, "
        "expected it there as the build has it; rebuild first"
    )


def _renumbered(paragraph: Paragraph, was: Parsed, now: Parsed) -> str:
    """Tell which paragraphs the edit opens or loses; "" for none."""
    old = {p.id: p for p in was.report.paragraphs}
    new = {p.id: p for p in now.report.paragraphs}
    label, number = paragraph.label, paragraph.number
    own = new.get(paragraph.id)
    if own is None or own.line != paragraph.line:
        return (
            f"the new text is not read as {label}, expected its first line to begin with the "
            f"number {number} and a full stop; put them there"
        )
    if opened := [p for p in now.report.paragraphs if p.id not in old]:
        return (
            f"the new text opens {_labels(opened)}, expected {label} only; begin no other line "
            "with a number and a full stop"
        )
    if lost := [p for p in was.report.paragraphs if p.id not in new]:
        return (
            f"with the new text {_labels(lost)} is not found, expected every paragraph but {label} "
            "as before; take out what reads as a heading, a table or a note"
        )
    return ""


def _touched(paragraph: Paragraph, was: Parsed, now: Parsed) -> str:
    """Tell which paragraphs the edit changes, or puts under another heading; "" for none."""
    changed = [
        after
        for before, after in zip(was.report.paragraphs, now.report.paragraphs, strict=True)
        if _kept(before, paragraph) != _kept(after, paragraph)
    ]
    if not changed:
        return ""
    return (
        f"the new text changes the text or the headings of {_labels(changed)}, expected a change "
        f"in the text of {paragraph.label} only; take out what reads as a heading, a table or a "
        "note"
    )


def _kept(paragraph: Paragraph, edited: Paragraph) -> tuple[str, tuple[str, ...], str]:
    """Return what an edit may not change.

    Blanks may: the parser tells by all lines together how a file is wrapped. So may notes: they
    may stand among the edited lines.
    """
    text = "" if paragraph.id == edited.id else "".join(paragraph.text.split())
    return paragraph.id, paragraph.section, text


def _left_over(draft: Draft, text: str, now: Parsed) -> str:
    """Tell a new line below the paragraph that is not read as part of it; "" for none."""
    paragraphs = now.report.paragraphs
    end = next(p.end_line for p in paragraphs if p.id == draft.paragraph.id)
    notes = {note.line for p in paragraphs for note in p.footnotes}
    stood = {line.strip() for line in draft.text.split("\n")}
    for number, line in enumerate(text.split("\n"), draft.paragraph.line):
        if number > end and line.strip() not in {"", *stood} and number not in notes:
            return (
                f"'{line.strip()[:_SHOWN]}' is not read as part of {draft.paragraph.label}, "
                "expected all of the new text in it; join it to the line above or take it out"
            )
    return ""


def _found(was: Parsed, now: Parsed) -> str:
    """Tell what the audit finds with the edit and did not before; "" for nothing."""
    if len(now.findings) <= len(was.findings):
        return ""
    known = {finding.message for finding in was.findings}
    new = [f for f in now.findings if f.message not in known] or now.findings
    return f"with the new text the audit finds at line {new[0].line}: {new[0].message}; mend that"


def _labels(paragraphs: Iterable[Paragraph]) -> str:
    first, *more = [paragraph.label for paragraph in paragraphs]
    return f"{first} (and {len(more)} more)" if more else first


def _write(file: Path, draft: Draft, edited: bytes) -> None:
    """Put new bytes in a file's place, where its old ones still stand.

    :raises ReportError: they do not.
    :raises OSError: it cannot be written.
    """
    target = file.resolve()  # a link stays a link
    if not os.access(target, os.W_OK):  # a rename would ask the folder only
        raise PermissionError("it is read-only")
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(edited)
            out.flush()
            os.fsync(out.fileno())
        shutil.copymode(target, part)
        _expect(file, read_bytes(target), draft)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
