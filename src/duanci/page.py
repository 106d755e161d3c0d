"""The messages of the web chat, as markup; pure, and nothing here knows Gradio."""

import html
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, quote

from duanci.changes import Changes
from duanci.editing import Draft
from duanci.export import cite
from duanci.markup import escape, hash_content, make_link, write_lines
from duanci.rebuild import Rebuilt
from duanci.records import Answer, Citation, Paragraph, Report
from duanci.status import Status

QUESTION_LIMIT = 2_000

_YOUNG_S = 120  # for so long it is told what a rebuild has changed
_SURENESS = (
    (0.75, "把握：很大"),
    (0.4, "把握：较大"),
    (0.0, "把握：不大，请对照原文"),
)  # from which score on
_CITATION = re.compile(r'<div class="citation(?: outdated)?">(.*?)</div>', re.DOTALL)
_NOTE = re.compile(r'<p class="outdated-note">.*?</p>', re.DOTALL)
_LINK = re.compile(r'<a href="(#p=[^"]*)">')
_QUESTION = ('<p class="question">', "</p>")


def write_question(question: str) -> str:
    """Write a question as the reader's message; `read_question` is its inverse."""
    opening, closing = _QUESTION
    return opening + write_lines(question) + closing


def read_question(markup: str) -> str:
    """Read a question back from the message that `write_question` made of it."""
    opening, closing = _QUESTION
    inner = markup.removeprefix(opening).removesuffix(closing)
    return html.unescape(inner.replace("<br>", "\n"))


def write_answer(answer: Answer, *, several: bool = False) -> str:
    """Write an answer as a message: quotations with their citations, or a refusal.

    :param several: whether there are several reports, so that citations must name theirs.
    :return: markup in one line.
    """
    if answer.answered:
        quotations = "".join(_write_citation(c, answer.build, several) for c in answer.citations)
        return f'<div class="answer">{quotations}{_write_sureness(answer)}</div>'
    refusal = f'<p class="refused">{write_lines(answer.text)}</p>'
    if not answer.nearest:
        return f'<div class="refusal">{refusal}</div>'
    nearest = "".join(_write_citation(c, answer.build, several) for c in answer.nearest)
    heading = '<p class="nearest-heading">以下段落最为接近，但不是答案：</p>'
    return f'<div class="refusal">{refusal}{heading}<div class="nearest">{nearest}</div></div>'


def mark_outdated(markup: str, reports: Sequence[Report]) -> str:
    """Mark those citations of an answer whose paragraphs are not any more what they were.

    :param markup: as `write_answer` wrote it, or marked already.
    :param reports: the reports as they are now.
    """
    now = {(p.report, p.id): p for report in reports for p in report.paragraphs}

    def judge(match: re.Match[str]) -> str:
        inner = _NOTE.sub("", match[1])
        link = _LINK.search(inner)
        became = _became(html.unescape(link[1]), now) if link else ""
        if not became:
            return f'<div class="citation">{inner}</div>'
        note = f'<p class="outdated-note">{escape(became)}</p>'
        return f'<div class="citation outdated">{inner}{note}</div>'

    return _CITATION.sub(judge, markup)


def _write_sureness(answer: Answer) -> str:
    """Write how sure an answer is; of paragraphs asked for by number there is no doubt."""
    best = max(citation.score for citation in answer.citations)
    if best == 1:
        return ""
    words = next(words for least, words in _SURENESS if best >= least)
    return f'<p class="sure">{words}</p>'


def _became(fragment: str, now: Mapping[tuple[str, str], Paragraph]) -> str:
    """Tell what became of a paragraph since it was cited; "" where it says what it said."""
    fields = {name: values[0] for name, values in parse_qs(fragment.removeprefix("#")).items()}
    id_, symbol, said = (fields.get(name, "") for name in ("p", "r", "h"))
    candidates = [p for (report, _), p in now.items() if symbol in ("", report)]
    same = [p for p in candidates if p.id == id_]
    if any(hash_content(p) == said for p in same):
        return ""
    elsewhere = next((p for p in candidates if hash_content(p) == said), None)
    if elsewhere:
        return f"这一段现在是{elsewhere.label}。"
    return "这一段后来改过，以上是修改前的文字。" if same else "这一段后来删去了。"


def write_state(status: Status, last: Rebuilt | None = None, *, is_watching: bool = False) -> str:
    """Write what a reader should know of the build that answers; nothing when all is well.

    :param last: what became of the last rebuild; told while its build is young.
    :param is_watching: whether changes of the reports are taken in without being asked to.
    """
    lines = []
    if status.rebuilding:
        done, total = status.progress
        at = f"（{done}/{total}）" if total else ""
        lines.append(escape(f"正在重建索引{at}；重建好之前，仍按改动前的报告回答。"))
    elif status.changed:
        files = "、".join(status.changed[:3]) + "等" * (len(status.changed) > 3)
        text = escape(f"有改动，需要重建：{files}。现在仍按改动前的报告回答。")
        lines.append(text if is_watching else f'{text} <a href="#rebuild">重建索引</a>')
    elif last and last.build.id == status.build.id and status.age_seconds < _YOUNG_S:
        told = "；".join(tell_changes(change) for change in last.changes if change)
        lines.append(escape(f"索引已重建。{told or '没有改动'}。"))
    if status.problem:
        lines.append(escape(f"改动未能收入：{status.problem}"))
    if status.notice:
        lines.append(escape(status.notice))
    return "".join(f'<p class="state" role="status">{line}</p>' for line in lines)


def tell_changes(changes: Changes) -> str:
    """Tell what became of a report's paragraphs, in Chinese."""
    if changes.became:
        return f"{changes.report}：{'新增' if changes.became == 'added' else '撤去'}整份报告"
    pairs = tuple(f"{old}→{new}" for old, new in changes.renumbered)
    parts = (
        ("增加", changes.added),
        ("删去", changes.removed),
        ("修改", changes.edited),
        ("改号", pairs),
        ("移到别节", changes.moved),
    )
    told = (f"{name} {'、'.join(ids[:8])}{'等' * (len(ids) > 8)}" for name, ids in parts if ids)
    return f"{changes.report}：{'，'.join(told)}"


def write_draft(draft: Draft, file: str) -> str:
    """Write what stands above a paragraph that is being edited.

    :param file: that will be written.
    """
    paragraph = draft.paragraph
    lines = f"第 {paragraph.line}–{paragraph.end_line} 行"
    return (
        f'<p class="draft"><strong>修改{escape(paragraph.label)}</strong> '
        f"{escape(file)}，{lines}。只改这几行；段次不能改。</p>"
    )


def write_exports(token: str) -> str:
    """Write the links that export a conversation.

    :param token: names it.
    """
    address = f"conversation/{quote(token, safe='')}"
    return (
        f'<p class="exports">导出：<a href="{address}.md" download>Markdown</a> '
        f'<a href="{address}.docx" download>Word</a> <a href="#print">打印</a></p>'
    )


def write_problem(message: str) -> str:
    """Write what went wrong as a message of one line."""
    return f'<p class="problem">{escape(" ".join(message.split()))}</p>'


def _write_citation(citation: Citation, build: str, several: bool) -> str:
    paragraph = citation.paragraph
    symbol = paragraph.report if several else ""
    link = make_link(paragraph, spans=citation.spans, symbol=symbol, build=build)
    where = " › ".join((*([symbol] if symbol else []), *paragraph.section))
    quotes = "".join(f"<p>{write_lines(said)}</p>" for said in citation.quotes)
    copy = f"#copy={quote(cite(citation), safe='')}"
    whole = ""
    if citation.spans != ((0, len(paragraph.text)),):
        text = write_lines(paragraph.text)
        whole = f"<details><summary>整段</summary><p>{text}</p></details>"
    return (
        f'<div class="citation"><blockquote>{quotes}</blockquote>'
        f'<p class="source"><a href="{html.escape(link)}">[{escape(paragraph.label)}]</a> '
        f'<span class="where">{escape(where)}</span> <a href="{html.escape(copy)}">复制</a></p>'
        f"{whole}</div>"
    )
