"""Ask the questions on invented reports: how many are answered rightly, and refused.

    .venv/bin/python benchmarks/reports.py [--threshold 0.18] [--failures FILE]

`reports/` has eight reports and 174 questions on each: of facts, of lists, in other words, in a few
words, in five other languages, in traditional characters, follow-ups, and near misses, follow-ups
among them, that the report does not answer. The few words are asked in frames too: what the report
says of them (`topic`), and what it says of the words that are asked of another report (`topic of
another`). What is asked of one country is asked of another too, by a question that leans on the
first, as 那挪威呢？ does (`follow-up elsewhere`); the report hardly answers it.
*after another* asks those that stand alone as a conversation's second question, after one on
something else: it should change nothing.
"""

import argparse
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from attrs import evolve

from duanci.assistant import Assistant, rebuild
from duanci.config import Settings, load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.evaluate import Outcome, Question, read_questions, run
from duanci.names import countries
from duanci.records import Paragraph

FOLDER = Path(__file__).with_suffix("")
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))
_FOREIGN = " (other languages)"
_FRAMES = (
    "报告里关于{}的内容有哪些？",
    "会议对{}有什么看法？",
    "专家们就{}提出了什么意见？",
    "报告提到{}了吗？",
    "报告怎么看{}？",
    "请介绍一下{}的情况。",
    "报告的哪一部分讲了{}？",
    "我想了解{}。",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on a report, and in which language it is."""

    question: Question
    language: str

    @property
    def group(self) -> str:
        """Its kind, and whether it is in another language."""
        is_foreign = not self.language.startswith("zh") and self.question.kind != "foreign"
        return self.question.kind + _FOREIGN * is_foreign


def read_asked(name: str) -> list[Asked]:
    """Read the questions on a report."""
    return read_in_languages(FOLDER / f"{name}.jsonl")


def read_in_languages(file: Path) -> list[Asked]:
    """Read questions, a line each, with their languages."""
    languages = [json.loads(line)["lang"] for line in file.read_text("utf-8").splitlines()]
    return [Asked(*pair) for pair in zip(read_questions(file), languages, strict=True)]


def read_topics(name: str) -> list[Asked]:
    """Ask in frames for the few words that are asked of a report, and of the one before it."""
    other = NAMES[NAMES.index(name) - 1]
    found = []
    for of, kind in ((name, "topic"), (other, "topic of another")):
        for own in (asked.question for asked in read_asked(of) if asked.question.kind == "term"):
            gold = own.gold if of == name else ()
            topic = own.text.replace(" ", "的")
            found += [Asked(Question(frame.format(topic), gold, kind), "zh") for frame in _FRAMES]
    return found


def ask_elsewhere(asked: Sequence[Asked], paragraphs: Sequence[Paragraph]) -> list[Asked]:
    """Ask what is asked of one country of another, as 那挪威呢？ does.

    The other is the next, by name, of those that the report names, and never beside the first: of
    it the report will hardly tell the same.
    """
    named = {p.id: {names[0] for names in countries(p.text)} for p in paragraphs}
    known = sorted(set().union(*named.values()))
    found = []
    for question in (one.question for one in asked if one.language == "zh"):
        own = [names[0] for names in countries(question.text)]
        if len(own) != 1 or not question.gold or question.turns or own[0] not in known:
            continue
        beside = set().union(*(here for here in named.values() if own[0] in here))
        at = known.index(own[0])
        other = next((one for one in known[at:] + known[:at] if one not in beside), None)
        if other:
            turns = (question.text,)
            found.append(Asked(Question(f"那{other}呢？", (), "follow-up elsewhere", turns), "zh"))
    return found


def open_reports(encoder: Encoder, settings: Settings) -> Iterator[tuple[str, Assistant]]:
    """Build each report by itself, and give its name and an assistant that answers from it."""
    for name in NAMES:
        with TemporaryDirectory(prefix="duanci-report-") as folder:
            data = Path(folder) / "data"
            data.mkdir()
            shutil.copy(FOLDER / f"{name}.txt", data)
            own = evolve(settings, data=data, index=Path(folder) / "index")
            rebuild(own, encoder)
            yield name, Assistant.open_with(own, encoder)


def after_another(asked: Sequence[Question]) -> list[Question]:
    """Return questions as they are asked after one on something else; follow-ups are left out."""
    alone = [one for one in asked if not one.turns]
    return [
        Question(one.text, one.gold, one.kind, (before.text,))
        for one, before in zip(alone, [alone[-1], *alone], strict=False)
    ]


def table(groups: Sequence[str], first: Sequence[Outcome], second: Sequence[Outcome]) -> list[str]:
    """Write what became of the questions as a table in Markdown.

    :param groups: of each of `first`.
    :param second: the outcomes of questions that were asked after another.
    """
    lines = ["| kind | questions | hit@1 | hit@3 | refused | after another: hit@1 | refused |"]
    lines.append("|---" * 7 + "|")
    again = {(one.question.text, one.question.gold): one for one in second}
    for group in dict.fromkeys(groups):
        own = [one for one, of in zip(first, groups, strict=True) if of == group]
        keys = [(one.question.text, one.question.gold) for one in own]
        hit, _, refused = _cells([again[key] for key in keys if key in again])
        cells = [f"{len(own)}", *_cells(own), hit, refused]
        lines.append(f"| {group} | " + " | ".join(cells) + " |")
    return lines


def _cells(outcomes: Sequence[Outcome]) -> list[str]:
    """Write hit@1, hit@3 and what share was refused."""
    if not outcomes:
        return ["—"] * 3
    refused = f"{np.mean([not one.answered for one in outcomes]):.3f}"
    if not outcomes[0].question.gold:
        return ["—", "—", refused]
    hits = [np.mean([one.place is not None and one.place <= k for one in outcomes]) for k in (1, 3)]
    return [*(f"{hit:.3f}" for hit in hits), refused]


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    settings = load_settings()
    parser.add_argument("--threshold", type=float, default=settings.refusal_threshold)
    parser.add_argument("--failures", type=Path, help="write there what failed")
    given = parser.parse_args()
    settings = evolve(settings, refusal_threshold=given.threshold)
    groups: list[str] = []
    first: list[Outcome] = []
    second: list[Outcome] = []
    failures = []
    for name, assistant in open_reports(open_encoder(settings), settings):
        asked = read_asked(name) + read_topics(name)
        asked += ask_elsewhere(asked, assistant.index.paragraphs)
        groups += [one.group for one in asked]
        questions = [one.question for one in asked]
        found = run(assistant, questions).outcomes
        first += found
        second += run(assistant, after_another(questions)).outcomes
        failures += [f"{name}\t{_tell(one)}" for one in found if not _is_right(one)]
    print("\n".join(table(groups, first, second)))
    if given.failures:
        given.failures.write_text("\n".join(failures) + "\n", "utf-8")


def _is_right(outcome: Outcome) -> bool:
    if not outcome.question.gold:
        return not outcome.answered
    return outcome.answered and outcome.place == 1


def _tell(outcome: Outcome) -> str:
    question = outcome.question
    text = " → ".join((*question.turns, question.text))
    what = "answered" if outcome.answered else "refused"
    ranked = ", ".join(outcome.ranked[:3])
    return f"{question.kind}\t{text}\t{', '.join(question.gold) or '—'}\t{ranked}\t{what}"


if __name__ == "__main__":
    main()
