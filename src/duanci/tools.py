"""What other programs may call: asking and showing, as plain functions and as an MCP server.

The web application offers the functions as HTTP endpoints; MCP is the Model Context Protocol, and
its package is used only here.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field

from duanci.errors import DuanciError
from duanci.questions import log_unexpected
from duanci.wire import answer_json, paragraph_json, status_json

if TYPE_CHECKING:
    from mcp.server.fastmcp import FastMCP

    from duanci.assistant import Assistant

T = TypeVar("T")

log = logging.getLogger(__name__)

PATH = "/mcp"
_INSTRUCTIONS = (
    "Answers questions about reports whose paragraphs are numbered. Every quotation is verbatim; "
    "cite it by its report and paragraph label. When `answered` is false the report does not say: "
    "`nearest` is what came closest, and no answer."
)

Question = Annotated[str, Field(description="What to ask, in any language.")]
History = Annotated[list[str] | None, Field(description="Earlier questions, oldest first.")]
Symbol = Annotated[str, Field(description="Symbol of the one report to keep to; all if empty.")]
Limit = Annotated[int, Field(description="Cite at most so many paragraphs, 1 to 20.", ge=1, le=20)]
Reference = Annotated[str, Field(description="Paragraphs by number: 25, 21-25, 附件一/2, 第25段.")]


def ask_report(
    assistant: "Assistant",
    question: str,
    history: list[str] | None = None,
    report: str = "",
    limit: int = 3,
) -> dict[str, Any]:
    """Answer a question; see `wire.answer_json`.

    :raises DuanciError: there is nothing to answer, or too much, or no such report.
    """
    answer = assistant.ask(question, history=history or (), k=limit, report=report or None)
    return answer_json(answer)


def show_paragraphs(
    assistant: "Assistant", reference: str, report: str = ""
) -> list[dict[str, Any]]:
    """Give paragraphs by number; see `wire.paragraph_json`.

    :raises DuanciError: no report has one of them, or no such report.
    """
    return [paragraph_json(p) for p in assistant.show(reference, report=report or None)]


def tell_status(assistant: "Assistant") -> dict[str, Any]:
    """Tell how the build fares; see `wire.status_json`."""
    return status_json(assistant.status())


def shielded(call: Callable[[], T]) -> T:
    """Call; of an unexpected error only the log learns where it happened.

    :raises DuanciError: in its place.
    """
    try:
        return call()
    except DuanciError:
        raise
    except Exception as exc:
        log_unexpected(log, "a call of a program failed", exc)
        raise DuanciError("an unexpected error: see the server's log, and ask again") from None


def make_mcp(assistant: "Assistant") -> "FastMCP":
    """Make an MCP server with two tools, `ask_report` and `show_paragraphs`, and nothing else."""
    from mcp.server.fastmcp import FastMCP
    from mcp.server.transport_security import TransportSecuritySettings

    server = FastMCP(
        "duanci",
        instructions=_INSTRUCTIONS,
        stateless_http=True,
        json_response=True,
        streamable_http_path=PATH,
        log_level="WARNING",
        # what stands before the whole application checks hosts, for this server too
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )

    @server.tool(name="ask_report", description="Answer a question from the reports, or refuse.")
    def ask(
        question: Question,
        history: History = None,
        report: Symbol = "",
        limit: Limit = 3,
    ) -> dict[str, Any]:
        return _told(lambda: ask_report(assistant, question, history, report, limit))

    @server.tool(name="show_paragraphs", description="Give paragraphs of the reports by number.")
    def show(reference: Reference, report: Symbol = "") -> list[dict[str, Any]]:
        return _told(lambda: show_paragraphs(assistant, reference, report))

    return server


def _told(call: Callable[[], T]) -> T:
    """Call, with what duanci has to say as the tool's error."""
    from mcp.server.fastmcp.exceptions import ToolError

    try:
        return shielded(call)
    except DuanciError as exc:
        raise ToolError(str(exc)) from exc
