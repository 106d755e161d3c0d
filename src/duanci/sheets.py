"""The sheet of the page: the report that it shows, with what stands around it."""

from typing import TYPE_CHECKING, Any, TypeAlias

from duanci import frame
from duanci.conversation import Conversation, Panel, Sheet
from duanci.errors import UnknownReport
from duanci.history import compare_builds
from duanci.panel import write_report
from duanci.phrases import PHRASES, Phrases
from duanci.records import Report

if TYPE_CHECKING:
    from duanci.assistant import Assistant
    from duanci.index import Index

Shown: TypeAlias = dict[str, Any]  # what is to stand on the page anew, by the name of its place

_WRITTEN = 8  # reports whose markup is kept


class Sheets:
    """Writes the sheets of pages."""

    def __init__(self, assistant: "Assistant", *, is_editing: bool) -> None:
        self._assistant, self._is_editing = assistant, is_editing
        self._written: dict[Panel, str] = {}

    def lay_out(self, conversation: Conversation) -> Shown:
        """Write the report that a page shows, and what stands around it."""
        index, phrases = self._assistant.index, PHRASES[conversation.language]
        sheet = conversation.sheet
        report = next((r for r in index.reports if r.symbol == sheet.report), index.reports[0])
        conversation.sheet = Sheet(index.build.id, report.symbol, sheet.with_changes)
        shown = {
            "bar": frame.write_bar(index.reports, report, phrases),
            "scope": frame.write_scope(index.reports, report, conversation.scope, phrases),
        }
        speaks = self._is_editing or sheet.with_changes  # or it is the same in both languages
        panel = (conversation.sheet, phrases.language if speaks else None)
        if panel != conversation.panel:
            shown["panel"] = self._write_report(index, report, phrases, panel)
            conversation.panel = panel
        return shown

    def _write_report(self, index: "Index", report: Report, phrases: Phrases, panel: Panel) -> str:
        """Write a report; the last few are kept for other pages, which show the same."""
        markup = self._written.get(panel)
        if markup is None:
            with_changes = panel[0].with_changes
            markup = write_report(
                report,
                index.build.id,
                phrases,
                several=len(index.reports) > 1,
                editable=self._is_editing,
                difference=compare_builds(self._assistant.settings.index) if with_changes else None,
            )
            self._written[panel] = markup
            for oldest in list(self._written)[:-_WRITTEN]:
                self._written.pop(oldest, None)
        return markup


def find_report(index: "Index", symbol: str) -> Report:
    """Find a report of a build by its symbol.

    :raises UnknownReport: there is none, or not any more.
    """
    for report in index.reports:
        if report.symbol == symbol:
            return report
    raise UnknownReport(f"no report {symbol}; the reports have changed: load the page anew")
