"""The command line: printing and exit codes."""

import atexit
import gc
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from duanci import __version__
from duanci.errors import DuanciError, QuestionError, UnknownParagraph
from duanci.options import common_options, settings_of
from duanci.printing import (
    Bar,
    print_answer,
    print_difference,
    print_paragraph,
    print_rebuilt,
    print_status,
    warnings_of,
)
from duanci.wire import answer_json, difference_json, paragraph_json, rebuilt_json, status_json

_FAILED, _FOUND, _REFUSED, _UNKNOWN = 2, 1, 3, 4


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@common_options
def cli(**_: Any) -> None:
    """Ask a report, get an answer that cites its printed paragraph numbers."""


@cli.command("index")
@common_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--allow-findings", is_flag=True, help="Build in spite of findings in the numbering.")
def index_command(as_json: bool, allow_findings: bool, **given: Any) -> None:
    """Build or rebuild the index; print what changed."""
    from duanci.rebuild import rebuild

    started = time.perf_counter()
    with Bar("pieces") as progress:
        rebuilt = rebuild(settings_of(**given), None, progress, allow_findings=allow_findings)
    seconds = time.perf_counter() - started
    for finding in rebuilt.findings:
        _say(f"warning: {finding}")
    if as_json:
        _print_json(rebuilt_json(rebuilt, seconds))
    else:
        print_rebuilt(rebuilt, seconds)


@cli.command()
@common_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--verify", is_flag=True, help="Hash every file of the build.")
def status(as_json: bool, verify: bool, **given: Any) -> None:
    """Tell which build is in force, and whether the reports have changed since."""
    from duanci.status import read_status

    found = read_status(settings_of(**given), trust_times=not verify)
    if as_json:
        _print_json(status_json(found))
    else:
        print_status(found)


@cli.command()
@common_options
@click.argument("builds", metavar="[BUILD [BUILD]]", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def diff(builds: Sequence[str], as_json: bool, **given: Any) -> None:
    """Show what changed between two builds, word by word.

    Without BUILD: from the build before the one in force; with one: from that one.
    """
    from duanci.history import compare_builds

    if len(builds) > 2:
        raise click.UsageError(f"{len(builds)} builds given, expected at most two")
    difference = compare_builds(settings_of(**given).index, builds)
    if as_json:
        _print_json(difference_json(difference))
    else:
        print_difference(difference)


@cli.command()
@common_options
def rollback(**given: Any) -> None:
    """Put the build before the one in force back in force."""
    from duanci.builds import roll_back

    index = settings_of(**given).index
    click.echo(f"build {roll_back(index)} is in force")
    _say("the reports are not touched: `duanci index` takes them in again as they are")


@cli.command()
@common_options
def check(**given: Any) -> None:
    """Audit the reports without building."""
    from duanci.library import read_library

    library = read_library(settings_of(**given).data)
    findings = [finding for source in library for finding in source.findings]
    for finding in findings:
        click.echo(str(finding))
    for source in library:
        if not source.findings:
            report = source.report
            _say(
                f"{report.file}: {report.symbol}, {len(report.paragraphs)} paragraphs, "
                "nothing found"
            )
    sys.exit(_FOUND if findings else 0)


@cli.command()
@common_options
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("-k", type=click.IntRange(1, 20), help="Cite at most so many paragraphs.")
@click.option("--report", metavar="SYMBOL", help="Keep to one report.")
@click.option("--threshold", type=click.FloatRange(0, 1), metavar="SHARE",
              help="Refuse an answer that is less sure than this, in [0, 1].")  # fmt: skip
@click.option("--history", metavar="FILE", type=click.Path(path_type=Path),
              help="A JSON list of earlier questions, oldest first.")  # fmt: skip
def ask(
    question: str,
    as_json: bool,
    k: int | None,
    report: str | None,
    history: Path | None,
    threshold: float | None,
    **given: Any,
) -> None:
    """Answer QUESTION with quotations and paragraph numbers, or refuse."""
    from duanci.assistant import Assistant, checked_question

    checked_question(question)
    earlier = _read_history(history) if history else []
    assistant = Assistant.open(settings_of(refusal_threshold=threshold, **given))
    answer = assistant.ask(question, history=earlier, k=k, report=report)
    for line in warnings_of(assistant.status()):
        _say(line)
    if as_json:
        _print_json(answer_json(answer))
    else:
        print_answer(answer, several=len(assistant.reports) > 1)
    sys.exit(0 if answer.answered else _REFUSED)


@cli.command()
@common_options
@click.argument("references", metavar="ID...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--report", metavar="SYMBOL", help="Keep to one report.")
def show(references: Sequence[str], as_json: bool, report: str | None, **given: Any) -> None:
    """Print paragraphs: 25, 21-25, 附件一/2, 第25段."""
    from duanci.assistant import show as show_paragraphs
    from duanci.opening import open_index

    index = open_index(settings_of(**given).index)
    found = [p for reference in references for p in show_paragraphs(index, reference, report)]
    if as_json:
        _print_json([paragraph_json(p) for p in found])
        return
    for paragraph in found:
        print_paragraph(paragraph, several=len(index.reports) > 1)


@cli.command()
@common_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=7860, show_default=True, type=click.IntRange(1, 65535), help="Port."
)
@click.option("--watch", is_flag=True, help="Rebuild when the reports are edited.")
@click.option("--edit", is_flag=True, help="Let readers edit paragraphs in the page.")
@click.option("--auth-file", metavar="FILE", type=click.Path(path_type=Path),
              help="Accounts that may use it; see `duanci password`.")  # fmt: skip
@click.option("--no-auth", is_flag=True, help="Listen beyond this machine without accounts.")
@click.option("--log-questions", is_flag=True, help="Log what is asked; it is not, otherwise.")
def serve(
    host: str,
    port: int,
    data: Path | None,
    index_: Path | None,
    encoder: str | None,
    **how: Any,
) -> None:
    """Serve the web chat."""
    from duanci.assistant import Assistant
    from duanci.server import serve as serve_app

    settings = settings_of(data=data, index_=index_, encoder=encoder)
    serve_app(Assistant.open(settings), host, port, **how)


@cli.command()
@click.argument("name")
def password(name: str) -> None:
    """Ask for the password of an account, and print its line for --auth-file."""
    from duanci.accounts import make_line

    given = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    click.echo(make_line(name, given))


@cli.command()
@common_options
@click.option("--report", metavar="SYMBOL", help="Keep to one report.")
def feedback(report: str | None, **given: Any) -> None:
    """Print what readers thought of answers as a question set, for eval."""
    from duanci.feedback import read_feedback, to_questions

    collected = to_questions(read_feedback(settings_of(**given).index), report=report)
    for question in collected.questions:
        click.echo(json.dumps(question))
    _say(
        f"{len(collected.questions)} questions; {collected.left_out} left out, whose answers were "
        "found wrong: what would have been right is not known"
    )


@cli.command("eval")
@common_options
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--report", metavar="SYMBOL", help="Keep to one report.")
def eval_command(file: Path, as_json: bool, report: str | None, **given: Any) -> None:
    """Measure with a question set: JSONL, or SQuAD-format JSON."""
    from duanci.evaluate import evaluate

    with Bar("questions") as progress:
        figures = evaluate(file, settings_of(**given), report, progress).figures()
    if as_json:
        _print_json(figures)
        return
    kinds = figures.pop("by_kind")
    for name, value in figures.items():
        click.echo(f"{name:20} {value}")
    for kind, inner in kinds.items():
        told = ", ".join(f"{k} {v}" for k, v in inner.items() if v is not None and "ms" not in k)
        click.echo(f"  {kind}: {told}")


def main() -> None:
    """Run the command line; every error is one line on stderr and an exit code."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    atexit.register(gc.freeze)  # else all that is left is looked through at the end, for .05 s
    try:
        cli.main(prog_name="duanci", standalone_mode=False)
    except UnknownParagraph as exc:
        _fail(str(exc), _UNKNOWN)
    except DuanciError as exc:
        _fail(str(exc), _FAILED)
    except click.UsageError as exc:
        command = exc.ctx.command_path if exc.ctx else "duanci"
        _fail(f"{exc.format_message()} See `{command} --help`.", _FAILED)
    except click.ClickException as exc:
        _fail(exc.format_message(), _FAILED)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as exc:
        if os.environ.get("DUANCI_DEBUG"):
            raise
        what = " ".join(f"{type(exc).__name__}: {exc}".split())
        _fail(f"defect in duanci ({what}); DUANCI_DEBUG=1 shows where", _FAILED)


def _read_history(file: Path) -> list[str]:
    try:
        history = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise QuestionError(
            f"{file}: cannot be read as JSON ({exc}); expected a list of questions"
        ) from exc
    if not isinstance(history, list) or not all(isinstance(item, str) for item in history):
        raise QuestionError(f"{file}: expected a JSON list of questions, oldest first")
    return history


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _say(line: str) -> None:
    click.echo(line, err=True)


def _fail(message: str, code: int) -> None:
    _say(f"error: {message}")
    sys.exit(code)
