"""What stands around the chat and the report, as markup: bars, choosers, the build's state."""

import html
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode

from duanci.conversation import Conversation, Scope
from duanci.editing import Draft
from duanci.manifest import Source
from duanci.markup import escape, make_fragment
from duanci.messages import fill, to_chinese
from duanci.panel import find_contents
from duanci.phrases import Phrases
from duanci.records import Changes, Finding, Rebuilt, Report
from duanci.status import Status

_YOUNG_S = 120  # for so long it is told what a rebuild has changed
_MOST_FINDINGS = 20  # that are listed
_INDENT = "\u2003"  # of a section in a list of sections, for each heading above it


def write_masthead(reports: Sequence[Report], phrases: Phrases) -> str:
    """Write the head of the page: its name, which reports it answers from, the other language."""
    symbols = phrases.join((report.symbol for report in reports), 3)
    other, tag = ("en", "en") if phrases.language == "zh" else ("zh", "zh-CN")
    return (
        f'<header class="masthead" data-language="{phrases.tag}">'
        '<h1><span lang="zh-CN">段次</span> <span class="latin" lang="en">duanci</span></h1>'
        f'<p class="answers-from">{escape(symbols)}</p>'
        f'<a class="switch" href="#language={other}" lang="{tag}" role="button"'
        f' title="{escape(phrases.switch)}">{escape(phrases.other)}</a>'
        f'<button class="open-report" type="button">{escape(phrases.open_report)}</button>'
        "</header>"
    )


def write_bar(reports: Sequence[Report], shown: Report, phrases: Phrases) -> str:
    """Write what stands above the report: its contents, which report it is, the way through.

    :param shown: the one of the reports that the panel shows.
    """
    return (
        f'<div class="panel-bar"><details class="contents"><summary>{escape(phrases.contents)}'
        f'</summary><nav aria-label="{escape(phrases.contents)}">'
        f"{_write_contents(shown, len(reports) > 1)}</nav></details>"
        f"{_write_chooser(reports, shown, phrases) if len(reports) > 1 else ''}"
        f'<span class="walk"><button class="previous" type="button">{escape(phrases.previous)}'
        f'</button><button class="next" type="button">{escape(phrases.next)}</button></span>'
        f'<button class="close" type="button">{escape(phrases.back)}</button></div>'
    )


def write_scope(reports: Sequence[Report], shown: Report, chosen: Scope, phrases: Phrases) -> str:
    """Write the list of what questions can be kept to: reports, and sections of the one shown.

    :param shown: the one of the reports that the panel shows.
    :param chosen: what they are kept to now; it stays in the list wherever it is.
    """
    several = len(reports) > 1
    listed = {Scope(): phrases.all_reports if several else phrases.whole_report}
    for report in reports:
        if several:
            listed[Scope(report.symbol)] = phrases.only_report.format(report=report.symbol)
        if report is shown:
            for path, _ in find_contents(report):
                indent = _INDENT * (len(path) - (not several))
                listed[Scope(report.symbol, path)] = indent + path[-1]
    listed.setdefault(chosen, str(chosen))
    options = "".join(
        f'<option value="{html.escape(_encode(scope))}"{" selected" * (scope == chosen)}>'
        f"{escape(name)}</option>"
        for scope, name in listed.items()
    )
    return (
        f'<label class="scope">{escape(phrases.scope)} '
        f'<select data-act="scope">{options}</select></label>'
    )


def read_scope(value: str) -> Scope:
    """Read what was chosen in the list that `write_scope` wrote."""
    fields = parse_qs(value, keep_blank_values=True)
    return Scope(fields.get("r", [""])[0], tuple(fields.get("s", ())))


def write_build(
    status: Status, sources: Sequence[Source], phrases: Phrases, *, with_changes: bool = False
) -> str:
    """Write which build answers, what the audit found in its reports, and what can be done.

    :param sources: the reports of the build.
    :param with_changes: whether the report shows what changed since the build before.
    """
    build = status.build
    made = phrases.made.format(time=build.created[:16].replace("T", " "))
    facts = phrases.facts.format(paragraphs=build.paragraphs, encoder=build.encoder, id=build.id)
    findings = [(source.report, finding) for source in sources for finding in source.findings]
    found = f"<p>{escape(phrases.audit_clean)}</p>"
    if findings:
        several = len(sources) > 1
        some, more = findings[:_MOST_FINDINGS], len(findings) - _MOST_FINDINGS
        listed = "".join(f"<li>{_write_finding(*f, several, phrases)}</li>" for f in some)
        rest = f"<p>{escape(phrases.more_findings.format(count=more))}</p>" if more > 0 else ""
        found = f"<p>{escape(phrases.audit)}</p><ul>{listed}</ul>{rest}"
    changes = phrases.hide_changes if with_changes else phrases.show_changes
    return (
        f'<details class="build"><summary>{escape(made)}<time class="age"'
        f' datetime="{escape(build.created)}"></time></summary><p>{escape(facts)}</p>{found}'
        f'<p><a href="#rebuild" role="button">{escape(phrases.rebuild)}</a> '
        f'<a href="#changes" role="button">{escape(changes)}</a></p></details>'
    )


def write_state(
    status: Status, last: Rebuilt | None, phrases: Phrases, *, is_watching: bool = False
) -> str:
    """Write what a reader should know of the build that answers; nothing when all is well.

    :param last: what became of the last rebuild; told while its build is young.
    :param is_watching: whether changes of the reports are taken in without being asked to.
    """
    lines = []
    if status.rebuilding:
        lines.append(_write_progress(*status.progress, phrases))
    elif status.changed:
        files = phrases.join(status.changed, 3)
        text = escape(phrases.changed.format(files=files))
        link = f' <a href="#rebuild" role="button">{escape(phrases.rebuild)}</a>'
        lines.append(text if is_watching else text + link)
    elif last and last.build.id == status.build.id and status.age_seconds < _YOUNG_S:
        told = [tell_changes(change, phrases) for change in last.changes if change]
        changes = phrases.semicolon.join(told) or phrases.nothing_changed
        lines.append(escape(phrases.rebuilt.format(changes=changes)))
    if status.problem:
        problem = phrases.not_taken_in.format(problem=tell(status.problem, phrases))
        lines.append(escape(problem))
    if status.notice:
        lines.append(escape(tell(status.notice, phrases)))
    return "".join(f'<p class="state" role="status">{line}</p>' for line in lines)


def tell_changes(changes: Changes, phrases: Phrases) -> str:
    """Tell what became of a report's paragraphs."""
    if changes.became:
        said = phrases.report_added if changes.became == "added" else phrases.report_removed
        return phrases.of_report.format(report=changes.report, changes=said)
    pairs = tuple(f"{old}→{new}" for old, new in changes.renumbered)
    parts = (
        (phrases.added, changes.added),
        (phrases.removed, changes.removed),
        (phrases.edited_ones, changes.edited),
        (phrases.renumbered, pairs),
        (phrases.moved, changes.moved),
    )
    told = [words.format(ids=phrases.join(ids)) for words, ids in parts if ids]
    joined = ("，" if phrases.language == "zh" else ", ").join(told)
    return phrases.of_report.format(report=changes.report, changes=joined)


def tell(message: str, phrases: Phrases) -> str:
    """Tell what duanci has to say, a message of an error or of the audit, in the page's language.

    A message that has no translation is told as it is.
    """
    return to_chinese(message) if phrases.language == "zh" else message


def write_draft(draft: Draft, file: str, phrases: Phrases) -> str:
    """Write what stands above a paragraph that is being edited.

    :param file: that will be written.
    """
    paragraph = draft.paragraph
    first, last = paragraph.line, paragraph.end_line
    lines = (phrases.one_line if first == last else phrases.lines).format(first=first, last=last)
    said = fill(phrases.draft, label=paragraph.label, file=file, lines=lines)
    id_ = escape(f"{paragraph.report} {paragraph.id}")
    return f'<p class="draft" data-paragraph="{id_}">{escape(said)}</p>'


def write_exports(conversation: Conversation, phrases: Phrases) -> str:
    """Write the links that export a conversation, and how much of it is not shown any more."""
    address = f"conversation/{quote(conversation.token, safe='')}"
    forgotten, hidden = conversation.forgotten, conversation.hidden
    gone = phrases.gone.format(count=forgotten) if forgotten else ""
    gone += phrases.hidden.format(count=hidden) if hidden else ""
    return (
        f'<p class="exports">{escape(gone)}'
        f'{escape(phrases.exports)}<a href="{address}.md" download>Markdown</a> '
        f'<a href="{address}.docx" download>Word</a> '
        f'<a href="#print" role="button">{escape(phrases.print)}</a></p>'
    )


def _write_progress(done: int, total: int, phrases: Phrases) -> str:
    opening, closing = "（）" if phrases.language == "zh" else (" (", ")")
    at = f"{opening}{done}/{total}{closing}" if total else ""
    said = escape(phrases.rebuilding.format(progress=at))
    measured = f' value="{done}" max="{total}"' if total else ""
    return f'<progress aria-label="{said}"{measured}></progress> {said}'


def _write_finding(report: Report, finding: Finding, several: bool, phrases: Phrases) -> str:
    """Write a finding as a link to the paragraph that it stands in, or next to."""
    before = [p for p in report.paragraphs if p.line <= finding.line] or report.paragraphs[:1]
    link = make_fragment(before[-1].id, report.symbol if several else "")
    finding = replace(finding, file=Path(finding.file).name)
    return f'<a href="{html.escape(link)}">{escape(tell(str(finding), phrases))}</a>'


def _write_contents(report: Report, several: bool) -> str:
    """Write a report's table of contents: each section with a link to its first paragraph."""
    symbol = report.symbol if several else ""
    return "".join(
        f'<a class="depth-{min(len(path) - 1, 3)}"'
        f' href="{html.escape(make_fragment(first.id, symbol))}">{escape(path[-1])}'
        f'<span class="from">{escape(first.number)}</span></a>'
        for path, first in find_contents(report)
    )


def _write_chooser(reports: Sequence[Report], shown: Report, phrases: Phrases) -> str:
    options = "".join(
        f'<option value="{html.escape(quote(r.symbol))}"{" selected" * (r is shown)}>'
        f"{escape(r.symbol)}</option>"
        for r in reports
    )
    name = escape(phrases.chosen_report)
    return f'<select class="chooser" aria-label="{name}" data-act="report">{options}</select>'


def _encode(scope: Scope) -> str:
    if scope == Scope():
        return ""
    return urlencode([("r", scope.report), *(("s", heading) for heading in scope.section)])
