"""What duanci tells as JSON, in the form that other programs rely on."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from duanci.records import Answer, Citation, Paragraph, Rebuilt

if TYPE_CHECKING:
    from duanci.history import Difference
    from duanci.status import Status


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as `ask --json` prints it."""
    return {
        "question": answer.question,
        "answered": answer.answered,
        "text": answer.text,
        "citations": [citation_json(c) for c in answer.citations],
        "nearest": [citation_json(c) for c in answer.nearest],
        "build": answer.build,
        "elapsed_ms": answer.elapsed_ms,
    }


def citation_json(citation: Citation) -> dict[str, Any]:
    """Return a citation as `ask --json` prints it."""
    paragraph = citation.paragraph
    return {
        "report": paragraph.report,
        "paragraph": paragraph.id,
        "label": paragraph.label,
        "section": list(paragraph.section),
        "quotes": list(citation.quotes),
        "score": citation.score,
    }


def paragraph_json(paragraph: Paragraph) -> dict[str, Any]:
    """Return a paragraph as `show --json` prints it."""
    return {
        "report": paragraph.report,
        "paragraph": paragraph.id,
        "label": paragraph.label,
        "section": list(paragraph.section),
        "text": paragraph.text,
        "footnotes": [str(note) for note in paragraph.footnotes],
        "line": paragraph.line,
    }


def rebuilt_json(rebuilt: Rebuilt, seconds: float) -> dict[str, Any]:
    """Return what became of a rebuild as `index --json` prints it."""
    return {
        **asdict(rebuilt.build),
        "made": rebuilt.made,
        "embedded": rebuilt.embedded,
        "seconds": round(seconds, 2),
        "findings": [str(finding) for finding in rebuilt.findings],
        "changes": [asdict(change) for change in rebuilt.changes],
    }


def status_json(status: "Status") -> dict[str, Any]:
    """Return how a build fares as `status --json` prints it."""
    build = asdict(status.build)
    return {
        "build": build.pop("id"),
        **build,
        "age_seconds": status.age_seconds,
        "data_changed": bool(status.changed),
        "changed_files": list(status.changed),
        "notice": status.notice,
    }


def difference_json(difference: "Difference") -> dict[str, Any]:
    """Return what changed between two builds as `diff --json` prints it."""
    return {
        "old": difference.old,
        "new": difference.new,
        "changes": [asdict(change) for change in difference.changes],
        "edits": [
            {
                "report": edit.paragraph.report,
                "paragraph": edit.paragraph.id,
                "label": edit.paragraph.label,
                "parts": [asdict(part) for part in edit.parts],
            }
            for edit in difference.edits
        ],
    }
