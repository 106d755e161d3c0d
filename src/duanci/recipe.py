"""What a build is made by: the code that reads reports, and the code that embeds them, as hashes.

A build made by other code is made anew, so that nothing in it is as an earlier version saw it.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

from duanci.manifest import Recipe

_EMBEDDING = (
    *("bert", "chunking", "encoder", "fp32_graph", "int8", "int8_graph", "lexicon", "making"),
    *("onnx_graph", "packed", "pieces", "postings", "segment", "tokens", "unigram", "vectors"),
    "wordlist",
)
_READING = (
    *("annexes", "audit", "contents", "footnotes", "headings", "joining", "languages", "lines"),
    *("numbering", "outline", "pages", "records", "report", "structure"),
)
_PACKAGES = ("jieba", "opencc")  # whose versions decide how words are cut


@cache
def current_recipe() -> Recipe:
    """Return what a build would be made by now."""
    return Recipe(_hash(_READING), _hash(_EMBEDDING, _PACKAGES))


def _hash(modules: Sequence[str], packages: Sequence[str] = ()) -> str:
    digest = hashlib.sha256()
    for module in modules:
        digest.update(Path(__file__).with_name(f"{module}.py").read_bytes())
    for package in packages:
        digest.update(metadata.version(package).encode())
    return digest.hexdigest()[:16]
