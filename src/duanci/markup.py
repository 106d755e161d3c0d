"""Text as markup: escaped, and addresses of paragraphs on the page.

Text of reports and questions only ever enters markup through `escape`, which leaves no character
that HTML, Markdown, Handlebars or a JavaScript template would read as its own.
"""

import hashlib
import string
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

from duanci.changes import content_of
from duanci.records import Paragraph

_ENTITIES = {ord(sign): f"&#{ord(sign)};" for sign in string.punctuation + "\t"}
_CONTROLS = {code: None for code in (*range(0x20), 0x7F) if chr(code) not in "\t\n"}


def escape(text: str) -> str:
    """Write text so that a browser, or Markdown before it, shows it literally.

    :param text: anything.
    :return: the text with all ASCII punctuation as numeric entities, without control characters
        other than tab and newline.
    """
    return text.translate(_CONTROLS).translate(_ENTITIES)


def make_link(
    paragraph: Paragraph,
    *,
    spans: Sequence[tuple[int, int]] = (),
    symbol: str = "",
    build: str = "",
) -> str:
    """Make the address of a paragraph on the page: `#p=25&q=12-40&h=0123456789ab`.

    :param spans: [start, end) offsets, in characters, of what is to be marked in its text.
    :param symbol: the report's symbol, where there are several reports.
    :param build: id of the build that the spans belong to.
    :return: a fragment, percent-encoded; `h` tells what the paragraph said, as a hash.
    """
    marked = ",".join(f"{start}-{end}" for start, end in spans)
    return make_fragment(paragraph.id, symbol, marked, build, hash_content(paragraph))


def make_fragment(
    target: str, symbol: str, marked: str = "", build: str = "", said: str = ""
) -> str:
    """Make the address of a paragraph from its id; see `make_link`."""
    fields = {"p": target, "r": symbol, "q": marked, "b": build, "h": said}
    given = (f"{name}={quote(value, safe='/,')}" for name, value in fields.items() if value)
    return "#" + "&".join(given)


@lru_cache(maxsize=4096)
def hash_content(paragraph: Paragraph) -> str:
    """Return what tells whether a paragraph still says what it said: 12 hexadecimal digits."""
    return hashlib.sha256(content_of(paragraph).encode()).hexdigest()[:12]


def write_lines(text: str) -> str:
    """Write text with its line breaks; see `escape`."""
    return escape(text).replace("\n", "<br>")
