"""A real fake of the assistant: it answers by the words that a question and a sentence share."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from duanci.config import Settings
from duanci.errors import QuestionError, UnknownParagraph
from duanci.manifest import Source
from duanci.records import Answer, Build, Citation, Footnote, Paragraph, Rebuilt, Report
from duanci.status import Status

SYMBOL = "TEST/1"
HOSTILE = (
    '本段含 <script>window.hacked = 1</script> 与 <img src=x onerror="window.hacked = 2"> 与 '
    "[链接](javascript:alert(1)) 与 {{7*7}} 与 ${window.hacked=3} 与 $x^2$ 与 `代码` 与 **粗体** "
    "与 &lt;实体&gt; 与 https://example.com/ 共十样。"
)
FLOWERS = "牡丹在四月开花。𠮷野樱😀在三月开花，花期约十天。菊花在十月开花。"
TASKS = "园艺师应当：\n- 每周浇水两次；\n- 每月施肥一次。\n1. 先松土\n2. 后施肥"


def make_report(symbol: str = SYMBOL, *, filler: int = 40) -> Report:
    """Make a small report: paragraphs 1 to `filler` + 3 in the body, and two in an annex."""
    body = ("一、花期",)
    texts = [(body, FLOWERS, ()), (body, TASKS, ())]
    texts += [
        (
            ("二、其他", f"{n // 10 + 1}. 分节"),
            f"填充的第{n}个段落，" + "说的都是无关的事。" * 9,
            (),
        )
        for n in range(filler)
    ]
    texts.append((("三、安全",), HOSTILE, (Footnote("1", "见<b>另一份</b>报告。", 9),)))
    paragraphs = [
        Paragraph(symbol, "", str(n), section, text, notes, n, n)
        for n, (section, text, notes) in enumerate(texts, start=1)
    ]
    annex = ("附件一", "发言摘要")
    paragraphs += [
        Paragraph(symbol, "附件一", "1", annex, "主席欢迎各位专家。", (), 90, 90),
        Paragraph(symbol, "附件一", "2", annex, "秘书长谈到兰花的贸易。", (), 91, 91),
    ]
    return Report(symbol, (), f"{symbol.replace('/', '_')}.md", "zh", tuple(paragraphs))


@dataclass(frozen=True)
class FakeIndex:
    """What the chat looks at of an index."""

    build: Build
    reports: tuple[Report, ...]
    sources: tuple[Source, ...]


class FakeAssistant:
    """Answers with the sentence that shares most pairs of characters with the question."""

    def __init__(self, *reports: Report, build: str = "build-1") -> None:
        self.reports = reports or (make_report(),)
        self.settings = Settings()
        self.examples = ("樱花何时开花？", "园艺师应当做什么？")
        self.histories: list[tuple[str, ...]] = []
        self.pause = 0.0  # seconds that it thinks
        self.failure: Exception | None = None
        self.kept: tuple[str | None, tuple[str, ...]] = (None, ())
        self.changed: tuple[str, ...] = ()
        self.last: Rebuilt | None = None
        self.rebuild(build)

    def rebuild(self, build: str) -> None:
        """Come by another build of the same reports."""
        symbols = tuple(report.symbol for report in self.reports)
        count = sum(len(report.paragraphs) for report in self.reports)
        self.build = Build(build, "2026-01-01T00:00:00Z", "fake", "0", 2, symbols, count, count)

    @property
    def index(self) -> FakeIndex:
        """The build and what it was made of."""
        return FakeIndex(self.build, self.reports, tuple(Source(r, "") for r in self.reports))

    def status(self) -> Status:
        """Tell how the build fares."""
        return Status(self.build, 60, self.changed)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int | None = None,
        report: str | None = None,
        section: Sequence[str] = (),
    ) -> Answer:
        """Answer a question; refuse it where too few pairs of characters are shared."""
        time.sleep(self.pause)
        self.kept = (report, tuple(section))
        if self.failure:
            raise self.failure
        if "\x00" in question:
            raise QuestionError("the question has a NUL character: write it in words")
        self.histories.append(tuple(history))
        ranked = sorted(
            (
                (len(_pairs(question) & _pairs(match[0])), -row, paragraph, match.span())
                for row, paragraph in enumerate(p for r in self.reports for p in r.paragraphs)
                if report in (None, paragraph.report)
                for match in re.finditer(r"[^。]+。?", paragraph.text)
            ),
            key=lambda entry: entry[:2],
            reverse=True,
        )
        score, _, paragraph, span = ranked[0]
        citation = Citation(paragraph, (span,), min(score / 10, 1.0))
        build = self.build.id
        if score < 2:
            return Answer(question, False, "报告没有谈到这一点。", (), (citation,), build, 1.0)
        text = f"{citation.quotes[0]}[{paragraph.label}]"
        return Answer(question, True, text, (citation,), (), build, 1.0)

    def warm_up(self) -> None:
        """Have nothing to read ahead."""

    def show(self, reference: str, *, report: str | None = None) -> list[Paragraph]:
        """Return the paragraphs with this id."""
        found = [p for r in self.reports for p in r.paragraphs if p.id == reference]
        if not found:
            raise UnknownParagraph(f"no paragraph {reference}")
        return found


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}
