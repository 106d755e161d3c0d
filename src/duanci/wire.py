"""Answers and paragraphs as JSON, in the form that other programs rely on."""

from typing import Any

from duanci.records import Answer, Citation, Paragraph


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
