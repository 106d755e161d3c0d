"""What duanci says, read out of its source: every message that an error or a finding carries.

An expression in a message becomes "7", or what `HOLES` has for it; a name becomes all that it may
stand for, in its function, its callers and its module.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path

from duanci import errors

SRC = Path(__file__).parents[1] / "src" / "duanci"

# where each kind of error and finding carries its message, counted among its arguments
CARRIES = {
    **dict.fromkeys((name for name in vars(errors) if isinstance(vars(errors)[name], type)), 0),
    "Finding": 2,
    "_Refusal": 1,
    "OSError": 1,
    "PermissionError": 0,
}
FINDING = "第1段 says nothing, expected its text"
# what stands for an expression that is itself a message, or an error of duanci that was caught
HOLES = {"findings[0]": f"7:7: {FINDING}", "new[0].message": FINDING}
CAUGHT = "no report 7; the reports have changed: load the page anew"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Said:
    """A message as it may read; `place` is `module.function`, `line` where it is made."""

    place: str
    line: int
    text: str


@dataclass
class Module:
    """A module's source: its functions by name, and in which of them each node stands.

    `errors` are the names under which it catches errors of duanci.
    """

    name: str
    functions: dict[str, Function] = field(default_factory=dict)
    inside: dict[ast.AST, Function | None] = field(default_factory=dict)
    errors: set[tuple[Function | None, str]] = field(default_factory=set)

    def add(self, node: ast.AST, function: Function | None) -> None:
        self.inside[node] = function
        if isinstance(node, Function):
            self.functions[node.name] = function = node
        if isinstance(node, ast.ExceptHandler) and node.name and isinstance(node.type, ast.Name):
            if CARRIES.get(node.type.id) == 0 and node.type.id != "PermissionError":
                self.errors.add((function, node.name))
        for child in ast.iter_child_nodes(node):
            self.add(child, function)


@cache
def read_module(name: str) -> Module:
    module = Module(name)
    module.add(ast.parse((SRC / f"{name}.py").read_text("utf-8")), None)
    return module


def read_said(name: str) -> Iterator[Said]:
    """List the messages of a module."""
    module = read_module(name)
    for node, function in module.inside.items():
        carried = _carried(node)
        if carried is None:
            continue
        place = f"{name}.{function.name}" if function else name
        for text in expand(carried, module):
            if text not in ("", "7"):
                yield Said(place, node.lineno, text)


def raised(name: str) -> set[str]:
    """List what a module raises, as its source names it."""
    nodes = [node for node in read_module(name).inside if isinstance(node, ast.Raise) and node.exc]
    return {ast.unparse(n.exc.func if isinstance(n.exc, ast.Call) else n.exc) for n in nodes}


def _carried(node: ast.AST) -> ast.expr | None:
    """Return the expression of the message that an expression or a statement carries."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        at = CARRIES.get(node.func.id, len(node.args))
        if at < len(node.args) and not any(isinstance(arg, ast.Starred) for arg in node.args):
            return node.args[at]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
        return node.value if node.targets[0].attr == "notice" else None
    return None


def expand(node: ast.expr, module: Module, seen: frozenset[ast.AST] = frozenset()) -> list[str]:
    """List what an expression may read."""
    if node in seen:
        return []
    seen |= {node}
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if parts := _parts(node):
        texts = [expand(part, module, seen) for part in parts]
        return ["".join(pieces) for pieces in product(*texts)]
    if isinstance(node, ast.Name) and (module.inside[node], node.id) in module.errors:
        return [CAUGHT]
    found = [text for value in _choices(node, module) for text in expand(value, module, seen)]
    if not found and isinstance(node, ast.Name):
        found = _imported(node.id, module, seen)
    if isinstance(node, ast.BoolOp):
        found = [text for text in found if text]
    return list(dict.fromkeys(found)) or [HOLES.get(ast.unparse(node), "7")]


def _parts(node: ast.expr) -> list[ast.expr]:
    """Return the expressions whose texts an expression puts one after the other."""
    if isinstance(node, ast.JoinedStr):
        return node.values
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [node.left, node.right]
    return []


def _choices(node: ast.expr, module: Module) -> list[ast.expr]:
    """Return the expressions of which one is what an expression is; none where it is not known."""
    if isinstance(node, ast.FormattedValue) and node.conversion == -1:
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return node.values
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _returned(node.func.id, module)
    if isinstance(node, ast.Name):
        return _assigned(node, module) or _given(node, module)
    return []


def _returned(name: str, module: Module) -> list[ast.expr]:
    function = module.functions.get(name)
    return [
        node.value
        for node, inside in module.inside.items()
        if inside is function and isinstance(node, ast.Return) and node.value and function
    ]


def _assigned(name: ast.Name, module: Module) -> list[ast.expr]:
    """Return what a name is given in its function, or else in its module."""
    for scope in (module.inside[name], None):
        found = [
            node.value
            for node, inside in module.inside.items()
            if inside is scope
            and isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == name.id
        ]
        if found or _place(name, module) is not None:
            return found
    return []


def _given(name: ast.Name, module: Module) -> list[ast.expr]:
    """Return what the callers in its module give for a parameter."""
    function, at = module.inside[name], _place(name, module)
    return [
        node.args[at]
        for node in module.inside
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and function is not None
        and node.func.id == function.name
        and at is not None
        and at < len(node.args)
    ]


def _place(name: ast.Name, module: Module) -> int | None:
    function = module.inside[name]
    names = [argument.arg for argument in function.args.args] if function else []
    return names.index(name.id) if name.id in names else None


def _imported(name: str, module: Module, seen: frozenset[ast.AST]) -> list[str]:
    for node in module.inside:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("duanci."):
            if name in [alias.name for alias in node.names]:
                other = read_module((node.module or "").removeprefix("duanci."))
                constant = ast.Name(name)
                other.inside[constant] = None
                values = _assigned(constant, other)
                del other.inside[constant]
                return [text for value in values for text in expand(value, other, seen)]
    return []
