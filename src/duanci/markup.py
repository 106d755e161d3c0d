"""Text as markup: escaped, and addresses of paragraphs on the page.

Text of reports and questions only ever enters markup through `escape`, which leaves no character
that HTML, Markdown, Handlebars or a JavaScript template would read as its own.
"""

import re
import string
from collections.abc import Callable, Sequence
from urllib.parse import quote

from duanci.records import Footnote, Paragraph

_CONTROLS = "".join(chr(code) for code in (*range(0x20), 0x7F) if chr(code) not in "\t\n")
_WRITTEN = dict.fromkeys(_CONTROLS, "")
_WRITTEN |= {sign: f"&#{ord(sign)};" for sign in string.punctuation + "\t"}
_SIGNS = re.compile(f"[{re.escape(''.join(_WRITTEN))}]")


def escape(text: str) -> str:
    """Write text so that a browser, or Markdown before it, shows it literally.

    :param text: anything.
    :return: the text with all ASCII punctuation as numeric entities, without control characters
        other than tab and newline.
    """
    return _SIGNS.sub(lambda sign: _WRITTEN[sign[0]], text)


def make_link(
    paragraph: Paragraph,
    *,
    spans: Sequence[tuple[int, int]] = (),
    symbol: str = "",
    build: str = "",
) -> str:
    """Make the address of a paragraph on the page: `#p=25&q=12-40`.

    :param spans: [start, end) offsets, in characters, of what is to be marked in its text.
    :param symbol: the report's symbol, where there are several reports.
    :param build: id of the build that the spans belong to.
    :return: a fragment, percent-encoded.
    """
    marked = ",".join(f"{start}-{end}" for start, end in spans)
    return make_fragment(paragraph.id, symbol, marked, build)


def make_fragment(target: str, symbol: str, marked: str = "", build: str = "") -> str:
    """Make the address of a paragraph from its id; see `make_link`."""
    fields = {"p": target, "r": symbol, "q": marked, "b": build}
    given = (f"{name}={quote(value, safe='/,')}" for name, value in fields.items() if value)
    return "#" + "&".join(given)


def write_lines(text: str) -> str:
    """Write text with its line breaks; see `escape`."""
    return escape(text).replace("\n", "<br>")


def write_footnote(note: Footnote, write: Callable[[str], str] = escape) -> str:
    """Write a footnote as a block: its mark, then its text.

    :param write: writes the text.
    """
    return (
        f'<p class="footnote"><span class="mark">{escape(note.mark)}</span> {write(note.text)}</p>'
    )
