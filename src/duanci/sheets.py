"""The sheet of the page: the report that it shows, with what stands around it."""

import gzip
import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlencode

from duanci import frame
from duanci.conversation import Conversation, Panel, Sheet
from duanci.errors import UnknownReport
from duanci.history import compare_builds
from duanci.panel import write_place, write_report
from duanci.phrases import PHRASES, Language
from duanci.records import Report

if TYPE_CHECKING:
    from duanci.assistant import Assistant
    from duanci.index import Index

Shown: TypeAlias = dict[str, Any]  # what is to stand on the page anew, by the name of its place

_WRITTEN = 16  # reports whose markup is kept


@dataclass(frozen=True, slots=True)
class Written:
    """The markup of a report, compressed (gzip), and a mark that no other markup has."""

    packed: bytes
    mark: str


class Sheets:
    """Writes the sheets of pages.

    A page is given the place of its report and an address, and fetches the text from there: what
    can be megabytes is sent once to each browser, and kept for all pages together.
    """

    def __init__(self, assistant: "Assistant", *, is_editing: bool) -> None:
        self._assistant, self._is_editing = assistant, is_editing
        self._written: dict[Panel, Written] = {}
        self._turn = threading.Lock()  # the same report is not written by several at once

    def lay_out(self, conversation: Conversation) -> Shown:
        """Write the place of the report that a page shows, and what stands around it.

        :raises BuildError: changes are to be shown, and there is no build before.
        """
        index, phrases = self._assistant.index, PHRASES[conversation.language]
        sheet = conversation.sheet
        report = next((r for r in index.reports if r.symbol == sheet.report), index.reports[0])
        conversation.sheet = Sheet(index.build.id, report.symbol, sheet.with_changes)
        shown = {
            "bar": frame.write_bar(index.reports, report, phrases),
            "scope": frame.write_scope(index.reports, report, conversation.scope, phrases),
        }
        panel = self._panel(conversation.sheet, phrases.language)
        if panel != conversation.panel:
            shown["panel"] = write_place(_address(panel, self._write(index, report, panel)))
            conversation.panel = panel
        return shown

    def write(self, symbol: str, language: Language, *, with_changes: bool) -> Written:
        """Write a report as it is now; the last few are kept.

        :param symbol: of the report; "" is the first one.
        :param with_changes: whether it shows what changed since the build before.
        :raises UnknownReport: there is none of this symbol.
        :raises BuildError: there is no build before.
        """
        index = self._assistant.index
        report = find_report(index, symbol or index.reports[0].symbol)
        panel = self._panel(Sheet(index.build.id, report.symbol, with_changes), language)
        return self._write(index, report, panel)

    def _panel(self, sheet: Sheet, language: Language) -> Panel:
        speaks = self._is_editing or sheet.with_changes  # or it is the same in both languages
        return sheet, language if speaks else None

    def _write(self, index: "Index", report: Report, panel: Panel) -> Written:
        sheet, language = panel
        with self._turn:
            written = self._written.get(panel)
            if written is None:
                changed = sheet.with_changes
                markup = write_report(
                    report,
                    index.build.id,
                    PHRASES[language or "zh"],
                    several=len(index.reports) > 1,
                    editable=self._is_editing,
                    difference=compare_builds(self._assistant.settings.index) if changed else None,
                ).encode()
                mark = hashlib.sha256(markup).hexdigest()[:16]
                written = self._written[panel] = Written(gzip.compress(markup, 6), mark)
                for oldest in list(self._written)[:-_WRITTEN]:
                    del self._written[oldest]
        return written


def find_report(index: "Index", symbol: str) -> Report:
    """Find a report of a build by its symbol.

    :raises UnknownReport: there is none, or not any more.
    """
    for report in index.reports:
        if report.symbol == symbol:
            return report
    raise UnknownReport(f"no report {symbol}; the reports have changed: load the page anew")


def _address(panel: Panel, written: Written) -> str:
    """Make the address that `routes` answers with the text of a report."""
    sheet, language = panel
    fields = {"symbol": sheet.report, "mark": written.mark}
    fields |= {"changes": "1"} if sheet.with_changes else {}
    fields |= {"language": language} if language else {}
    return f"report?{urlencode(fields)}"
