"""One noun for one thing, and what is private stays so: read from the sources of the package, nothing is imported."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "simnet"
OF_EVERY_PACKAGE = ("__init__.py", "__main__.py")


@cache
def modules() -> Mapping[str, ast.Module]:
    """Every module of the package by its dotted name."""
    return {dotted(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def types(tree: ast.Module) -> Iterator[str]:
    """The classes that a module defines, and the aliases of types: capitalised names that are given a value that is no
    call."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign) and not isinstance(node.value, ast.Call):
            names = (target.id for target in node.targets if isinstance(target, ast.Name))
            yield from (name for name in names if re.fullmatch(r"_*[A-Z]\w*[a-z]\w*", name))
        elif isinstance(node, ast.AnnAssign) and "TypeAlias" in ast.unparse(node.annotation):
            yield ast.unparse(node.target)


def imports(module: str) -> Iterator[tuple[str, str]]:
    """What a module imports from the package: the module, and the name, which is empty for the module itself."""
    package = module if (PACKAGE.parent / module.replace(".", "/")).is_dir() else module.rpartition(".")[0]
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                if source.partition(".")[0] == "simnet":
                    yield (inner, "") if inner in modules() else (source, alias.name)


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def members(tree: ast.Module) -> set[str]:
    """Private names that a module gives to something: functions, classes, variables, members."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    return {name for name in found if private(name)}


def test_no_two_modules_define_a_public_type_of_one_name() -> None:
    where: dict[str, list[str]] = defaultdict(list)
    for module, tree in modules().items():
        for name in types(tree):
            where[name].append(module)
    assert {name: homes for name, homes in where.items() if len(homes) > 1 and not private(name)} == {}


def test_no_two_modules_have_files_of_one_name() -> None:
    where: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        where[path.name].append(path.parent.relative_to(ROOT).as_posix())
    assert {name: homes for name, homes in where.items() if len(homes) > 1 and name not in OF_EVERY_PACKAGE} == {}


def test_a_private_module_is_imported_only_inside_its_package() -> None:
    out = []
    for module in modules():
        for source, _ in imports(module):
            parts = source.split(".")
            homes = [".".join(parts[:at]) for at, part in enumerate(parts) if private(part)]
            out += [(module, source) for home in homes if module != home and not module.startswith(f"{home}.")]
    assert out == []


def test_no_module_imports_a_private_name_of_another() -> None:
    assert [(module, source, name) for module in modules() for source, name in imports(module) if private(name)] == []


def test_private_members_are_used_only_in_the_module_that_has_them_and_in_subclasses() -> None:
    """A subclass is told by ``self``, ``cls`` and ``super``. Names that simnet defines nowhere are other packages'."""
    everywhere = set().union(*map(members, modules().values()))
    out = []
    for module, tree in modules().items():
        foreign = everywhere - members(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in foreign:
                whose = ast.unparse(node.value)
                if whose not in ("self", "cls", "super()"):
                    out.append((module, ast.unparse(node)))
    assert out == []
