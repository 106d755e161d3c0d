"""The documents tell the truth: commands exist, links lead somewhere, answers are as shown."""

import re
from pathlib import Path

import pytest

from duanci.assistant import Assistant
from duanci.cli import cli

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "data", ROOT / "index")
    for path in folder.glob("*.md")
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_every_command_and_no_other_is_in_the_readme(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    assert set(re.findall(r"`duanci ([a-z]+)", text)) == set(cli.commands)


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make ([a-z]+)", (ROOT / "README.md").read_text("utf-8"), re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target


@pytest.mark.model
def test_the_answer_in_the_readme_is_what_is_answered(real_assistant: Assistant) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    shown = re.search(r"\$ duanci ask (\S+)\n(.*?)```", text, re.S)
    assert shown
    answer = real_assistant.ask(shown[1]).text
    assert re.sub(r"\s", "", shown[2]) == re.sub(r"\s", "", answer)


@pytest.mark.model
def test_example_questions_of_the_chat_are_answered(real_assistant: Assistant) -> None:
    assert len(real_assistant.examples) == 4
    for question in real_assistant.examples:
        assert real_assistant.ask(question).answered, question


def test_no_path_of_a_machine_is_left_in_the_text() -> None:
    for path in [*PAGES, *(ROOT / "src").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py")]:
        assert not re.search(r"(?<![\w.])/(?:home|root|work|tmp)/", path.read_text("utf-8")), path
