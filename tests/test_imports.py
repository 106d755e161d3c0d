"""What importing duanci may load, and who may import whom (design: a module imports from above)."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "duanci"

# A module imports only from modules of a lower layer.
LAYERS = [
    ["errors", "phrases", "messages", "questions"],
    ["records"],
    ["config", "files"],
    ["options"],
    ["arrays"],
    ["adapter", "int8", "numerals"],
    ["packed", "pages", "ragged", "resident", "wordlist", "onnx_graph", "int8_graph"],
    ["weights", "lines", "unigram", "fp32_graph"],
    ["manifest"],
    ["sources", "bodies", "countries"],
    ["builds"],
    ["numbering", "outline", "annexes", "languages"],
    ["joining"],
    ["contents", "footnotes", "headings"],
    ["structure"],
    ["audit"],
    ["report"],
    ["library", "segment", "recipe"],
    ["items"],
    ["status", "changes"],
    ["history"],
    ["references", "topic"],
    ["crossrefs"],
    ["bert", "chunking"],
    ["gpu", "tokens", "cross_encoder"],
    ["encoder"],
    ["vectors", "postings"],
    ["translation", "scoring"],
    ["pieces", "lexicon", "interaction", "reader"],
    ["members"],
    ["index"],
    ["opening", "making"],
    ["names", "offices", "leaning", "wanted"],
    ["followup", "quantities"],
    ["kinds"],
    ["query"],
    ["candidates", "lookup"],
    ["retrieve"],
    ["about"],
    ["renewal", "confidence"],
    ["rebuild", "merging"],
    ["answer"],
    ["assistant"],
    ["evaluate"],
    ["export", "feedback", "editing", "accounts", "limits"],
    ["guard"],
    ["conversation"],
    ["markup"],
    ["page", "panel", "wire", "printing"],
    ["watch", "tools", "frame"],
    ["sheets"],
    ["chat"],
    ["routes", "components"],
    ["app"],
    ["server"],
    ["cli"],
]
ONLY = {
    "gradio": {"app", "components"},
    "sentence_transformers": {"encoder"},
    "openvino": {"int8_graph"},
    "onnx": {"onnx_graph"},
    "onnxruntime": {"onnx_graph"},
    "faiss": {"vectors"},
    "filelock": {"builds"},
    "watchfiles": {"watch"},
    "mcp": {"tools"},
    "docx": {"export"},
    "argon2": {"accounts"},
    "jieba": {"segment"},
    "bm25s": set[str](),  # its formulas alone are loaded, by `scoring`
    "opencc": {"segment"},
}


def _imports(module: str) -> list[tuple[str, bool]]:
    """List what a module imports, and whether at its top."""
    tree = ast.parse((SRC / f"{module}.py").read_text("utf-8"))
    found = []
    for node in ast.walk(tree):
        at_top = node in tree.body
        if isinstance(node, ast.Import):
            found += [(alias.name, at_top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, at_top))
    return found


def test_importing_duanci_loads_nothing_heavy() -> None:
    code = (
        "import sys, duanci, duanci.cli, duanci.assistant, duanci.evaluate;"
        "heavy = ('torch', 'faiss', 'gradio', 'jieba', 'sentence_transformers', 'bm25s', 'opencc');"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_module_has_its_layer() -> None:
    modules = sorted(path.stem for path in SRC.glob("*.py") if path.stem != "__init__")
    assert sorted(name for layer in LAYERS for name in layer) == modules


@pytest.mark.parametrize("module", [name for layer in LAYERS for name in layer])
def test_module_imports_from_above_only(module: str) -> None:
    place = next(at for at, layer in enumerate(LAYERS) if module in layer)
    above = {name for layer in LAYERS[:place] for name in layer}
    own = {
        name.removeprefix("duanci.") for name, _ in _imports(module) if name.startswith("duanci.")
    }
    assert own <= above


@pytest.mark.parametrize("package", ONLY)
def test_package_is_imported_in_its_module_only(package: str) -> None:
    users = {
        path.stem
        for path in SRC.glob("*.py")
        if any(name.split(".")[0] == package for name, _ in _imports(path.stem))
    }
    assert users == ONLY[package]
