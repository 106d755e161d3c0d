"""What the web page says in its own voice, in Chinese and in English.

What is quoted, and the names of reports and sections, stay in the language they are printed in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of the page in one language.

    Braces stand for what is put in by `str.format`.
    """

    language: Language
    tag: str  # of HTML
    other: str  # the name of the other language, in itself
    comma: str
    semicolon: str
    more: str  # what ends a list that is cut short

    # The frame, the box, the conversation.
    switch: str
    open_report: str
    welcome_title: str
    welcome: str
    talk: str
    box: str
    hint: str
    send: str
    scope: str
    all_reports: str
    whole_report: str
    only_report: str
    kept: str
    exports: str
    gone: str
    hidden: str
    print: str
    empty: str
    too_long: str
    unexpected: str
    forgotten: str

    # Answers.
    surest: str
    surer: str
    unsure: str
    nearest: str
    whole: str
    copy: str
    copy_all: str
    elsewhere: str
    edited_since: str
    removed_since: str

    # The report.
    contents: str
    chosen_report: str
    previous: str
    next: str
    back: str
    edit: str
    edited: str
    added_paragraph: str
    moved_paragraph: str
    renumbered_from: str

    # The build.
    made: str
    facts: str
    audit: str
    audit_clean: str
    more_findings: str
    rebuild: str
    show_changes: str
    hide_changes: str
    rebuilding: str
    changed: str
    rebuilt: str
    nothing_changed: str
    not_taken_in: str
    of_report: str
    report_added: str
    report_removed: str
    added: str
    removed: str
    edited_ones: str
    renumbered: str
    moved: str

    # Editing.
    draft: str
    one_line: str
    lines: str
    draft_text: str
    save: str
    cancel: str

    def join(self, items: Iterable[str], most: int = 8) -> str:
        """Write a list in one line, cut short after so many items."""
        listed = list(items)
        return self.comma.join(listed[:most]) + self.more * (len(listed) > most)


_ZH = Phrases(
    language="zh",
    tag="zh-CN",
    other="English",
    comma="、",
    semicolon="；",
    more="等",
    switch="切换到英文",
    open_report="看报告",
    welcome_title="问一问这份报告",
    welcome="回答是报告的原文，并注明段次；点击段次，即可对照原文。",
    talk="问答",
    box="问题",
    hint="请输入问题，按回车键发问",
    send="发问",
    scope="提问范围",
    all_reports="全部报告",
    whole_report="整份报告",
    only_report="只问 {report}",
    kept="只在“{scope}”中查找。",
    exports="导出：",
    gone="最早的 {count} 问已不保留。",
    hidden="此前的 {count} 问不再显示，导出中仍有。",
    print="打印",
    empty="没有可问的文字。请输入问题后再发问。",
    too_long="问题有 {length:,} 个字符，最多 {limit:,} 个。请缩短后再问。",
    unexpected="出了意外的错误，没有得到回答。请再问一次；若仍然如此，请看服务器的日志。",
    forgotten="服务器没有保留先前的问答（可能重新启动过）；再提问时不承接上文，也不再显示先前的问答。",
    surest="把握：很大",
    surer="把握：较大",
    unsure="把握：不大，请对照原文",
    nearest="以下段落最为接近，但不是答案：",
    whole="整段",
    copy="复制",
    copy_all="复制全部引文",
    elsewhere="这一段现在是{label}。",
    edited_since="这一段后来改过，以上是修改前的文字。",
    removed_since="这一段后来删去了。",
    contents="目录",
    chosen_report="报告",
    previous="上一处引文",
    next="下一处引文",
    back="返回问答",
    edit="修改",
    edited="修改：",
    added_paragraph="新增的段落",
    moved_paragraph="从别节移来",
    renumbered_from="原为 {id}",
    made="索引：{time} UTC 建",
    facts="{paragraphs} 段，编码器 {encoder}，索引号 {id}",
    audit="核对发现：",
    audit_clean="核对段次：没有发现问题。",
    more_findings="另有 {count} 处，运行 duanci check 可全部列出。",
    rebuild="重建索引",
    show_changes="显示改动",
    hide_changes="不再显示改动",
    rebuilding="正在重建索引{progress}；重建好之前，仍按改动前的报告回答。",
    changed="有改动，需要重建：{files}。现在仍按改动前的报告回答。",
    rebuilt="索引已重建。{changes}。",
    nothing_changed="没有改动",
    not_taken_in="改动未能收入：{problem}",
    of_report="{report}：{changes}",
    report_added="新增整份报告",
    report_removed="撤去整份报告",
    added="增加 {ids}",
    removed="删去 {ids}",
    edited_ones="修改 {ids}",
    renumbered="改号 {ids}",
    moved="移到别节 {ids}",
    draft="修改{label}：{file}，{lines}。只改这里；段次不能改。",
    one_line="第 {first} 行",
    lines="第 {first}–{last} 行",
    draft_text="段落的文字",
    save="存入报告",
    cancel="不改了",
)

_EN = Phrases(
    language="en",
    tag="en",
    other="中文",
    comma=", ",
    semicolon="; ",
    more=" and more",
    switch="Switch to Chinese",
    open_report="Report",
    welcome_title="Ask this report",
    welcome="Answers are the report's own words, with their paragraph numbers; "
    "click a number to read on in the report.",
    talk="Conversation",
    box="Question",
    hint="Type a question and press Enter",
    send="Ask",
    scope="Look in",
    all_reports="all reports",
    whole_report="the whole report",
    only_report="only {report}",
    kept="Looked for in “{scope}” only.",
    exports="Export: ",
    gone="The first {count} questions are not kept any more. ",
    hidden="{count} earlier questions are not shown any more, exports have them. ",
    print="Print",
    empty="There is nothing to ask. Type a question first.",
    too_long="The question has {length:,} characters, at most {limit:,} can be asked. Shorten it.",
    unexpected="Something went wrong, and there is no answer. Ask again; if it stays so, "
    "see the server's log.",
    forgotten="The server has not kept what was said before (it may have been restarted); "
    "your next question stands by itself, and takes the place of what was said.",
    surest="Confidence: high",
    surer="Confidence: fair",
    unsure="Confidence: low; compare with the report",
    nearest="These paragraphs come closest, but are no answer:",
    whole="Whole paragraph",
    copy="Copy",
    copy_all="Copy all quotations",
    elsewhere="This paragraph is now {label}.",
    edited_since="This paragraph was edited later; above is what it said before.",
    removed_since="This paragraph was removed later.",
    contents="Contents",
    chosen_report="Report",
    previous="Previous citation",
    next="Next citation",
    back="Back to the chat",
    edit="Edit",
    edited="Edited: ",
    added_paragraph="New paragraph",
    moved_paragraph="Moved from another section",
    renumbered_from="Was {id}",
    made="Index: made {time} UTC",
    facts="{paragraphs} paragraphs, encoder {encoder}, build {id}",
    audit="The audit found:",
    audit_clean="Audit of the numbering: nothing found.",
    more_findings="{count} more; duanci check lists all.",
    rebuild="Rebuild the index",
    show_changes="Show changes",
    hide_changes="Hide changes",
    rebuilding="Rebuilding the index{progress}; until it is done, answers come from the reports "
    "as they were.",
    changed="Reports have changed, rebuild to take this in: {files}. Until then answers come "
    "from the reports as they were.",
    rebuilt="The index was rebuilt. {changes}.",
    nothing_changed="Nothing changed",
    not_taken_in="The changes could not be taken in: {problem}",
    of_report="{report}: {changes}",
    report_added="new report",
    report_removed="report taken out",
    added="added {ids}",
    removed="removed {ids}",
    edited_ones="edited {ids}",
    renumbered="renumbered {ids}",
    moved="moved to another section {ids}",
    draft="Edit {label}: {file}, {lines}. Nothing else changes; the number cannot.",
    one_line="line {first}",
    lines="lines {first}–{last}",
    draft_text="Text of the paragraph",
    save="Save to the report",
    cancel="Leave it as it was",
)

PHRASES: dict[Language, Phrases] = {"zh": _ZH, "en": _EN}


def prefer(accepted: str) -> Language:
    """Choose the language of the page from what a browser accepts.

    :param accepted: an Accept-Language header (RFC 9110, 12.5.4), or a language's tag.
    :return: Chinese where it is wanted at least as much as any other language, and where nothing
        is said; English otherwise, for readers of all other languages.
    """
    wanted = {}
    for place, entry in enumerate(accepted.split(",")):
        tag, _, quality = entry.strip().partition(";")
        weight = quality.strip().removeprefix("q=") or "1"
        if tag.replace("-", "").isalnum() and _is_number(weight):
            wanted[tag.lower()] = (float(weight), -place)
    if not wanted:
        return "zh"
    return "zh" if max(wanted, key=lambda tag: wanted[tag]).startswith("zh") else "en"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
