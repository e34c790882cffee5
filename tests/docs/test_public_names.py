"""What users may import is known, and says what it is for where an editor or a page shows it."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import FunctionType

import pytest

import simnet
from docs import public

PUBLIC = [(module, name) for module in public.MODULES for name in public.names(module)]


def test_every_room_is_public_or_internal() -> None:
    rooms = {f"simnet.{one.name}" for one in pkgutil.iter_modules(simnet.__path__)} - {"simnet.__main__"}
    assert rooms == {name for name in (*public.MODULES, *public.INTERNAL) if name.count(".") == 1}
    assert not set(public.MODULES) & set(public.INTERNAL)


@pytest.mark.parametrize("module", public.MODULES)
def test_what_a_module_exports_is_there(module: str) -> None:
    missing = [name for name in public.names(module) if not hasattr(import_module(module), name)]
    assert missing == []
    assert public.names(module)


@pytest.mark.parametrize("module", public.MODULES)
def test_every_public_name_says_what_it_is_for(module: str) -> None:
    assert [name for name in public.names(module) if not said(module, name)] == []


@pytest.mark.parametrize("module", public.MODULES)
def test_every_public_member_of_an_exported_class_says_what_it_is_for(module: str) -> None:
    classes = [one for name in public.names(module) if inspect.isclass(one := getattr(import_module(module), name))]
    assert sorted({member for one in classes for member in unsaid(one)}) == []


def test_a_name_and_a_member_without_words_are_found() -> None:
    class Mute:
        def walk(self) -> None: ...

        @property
        def pace(self) -> int:
            return 0

        def stop(self) -> None:
            """Stands."""

    assert [name.rpartition(".")[2] for name in unsaid(Mute)] == ["pace", "walk"]
    assert not said("tests.docs.test_public_names", "PUBLIC")
    assert said("docs.public", "MODULES")


def said(module: str, name: str) -> bool:
    """Whether a name has a docstring of its own: below it if it is data, and not the one that dataclasses make."""
    value = getattr(import_module(module), name)
    value = getattr(value, "_fixture_function", value)
    if inspect.isclass(value) or inspect.isroutine(value):
        words = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
        return bool(words) and not words.startswith(f"{name}(")
    return (module, name) in described(Path(inspect.getfile(import_module(module))))


@cache
def described(file: Path) -> set[tuple[str, str]]:
    """Names of data with a text below them, in a module or the modules of a package, by what exports them."""
    files = sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]
    dotted = file.relative_to(Path(simnet.__file__).parents[1]).with_suffix("").as_posix().replace("/", ".")
    return {(dotted.removesuffix(".__init__"), name) for one in files for name in texts_below(one)}


def texts_below(file: Path) -> Iterator[str]:
    body = ast.parse(file.read_text(encoding="utf-8")).body
    for node, text in pairwise(body):
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def unsaid(kind: type) -> Iterator[str]:
    """Public methods and properties of a class and of its bases in simnet that nobody explains. Rules that are tests
    have sentences for names."""
    for name in dir(kind):
        held = inspect.getattr_static(kind, name)
        function = held.fget if isinstance(held, property) else getattr(held, "__func__", getattr(held, "func", held))
        if not isinstance(function, FunctionType) or function.__module__.partition(".")[0] not in ("simnet", "tests"):
            continue
        if name.startswith(("_", "test_")) or function.__name__ == "<lambda>":
            continue
        if not inspect.getdoc(held if isinstance(held, property) else getattr(kind, name)):
            yield f"{kind.__name__}.{name}"
