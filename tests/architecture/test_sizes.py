"""Small functions, small files, a word on everything public."""

import ast
from collections.abc import Iterator
from statistics import median, quantiles

from tests.architecture.source import FunctionNode, Module, body_lines, entries, package, shipped


def sizes() -> dict[str, int]:
    return {f"{module.name}.{node.name}": body_lines(node) for module in shipped() for node in module.functions()}


def test_functions_are_small() -> None:
    lines = list(sizes().values())
    assert median(lines) <= 8
    assert quantiles(lines, n=10)[8] <= 25


def test_no_function_is_long() -> None:
    assert {name: lines for name, lines in sizes().items() if lines > 45} == {}


def test_files_are_short() -> None:
    assert {module.name: module.lines for module in shipped() if module.lines > 300} == {}


def test_functions_of_lambda_are_thin() -> None:
    assert {module.name: module.lines for module in entries() if module.lines > 60} == {}


def test_every_function_has_a_handler() -> None:
    handlers = {module.name for module in entries() if "handler" in _top_names(module)}
    assert handlers == {module.name for module in entries()}


def _top_names(module: Module) -> set[str]:
    names = {node.name for node in module.tree.body if isinstance(node, FunctionNode)}
    assigned = [node.targets[0] for node in module.tree.body if isinstance(node, ast.Assign)]
    return names | {target.id for target in assigned if isinstance(target, ast.Name)}


def public(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.ClassDef | FunctionNode]]:
    for node in body:
        if isinstance(node, ast.ClassDef | FunctionNode) and not node.name.startswith("_"):
            yield f"{prefix}.{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{prefix}.{node.name}")


def test_everything_public_says_what_it_is() -> None:
    silent = [module.name for module in shipped() if not ast.get_docstring(module.tree)]
    for module in package():
        silent += [name for name, node in public(module.tree.body, module.name) if not ast.get_docstring(node)]
    assert silent == []


def test_everything_is_annotated() -> None:
    bare = [
        f"{module.name}.{node.name}"
        for module in shipped()
        for node in module.functions()
        if node.returns is None or any(one.annotation is None for one in _arguments(node))
    ]
    assert bare == []


def _arguments(node: FunctionNode) -> list[ast.arg]:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [one for one in given if one.arg not in ("self", "cls")]
