"""What fields mean is read from the docstrings below them, in sources, and stands in schemas before their form."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from simnet.field_docs import DescribedSchema, as_markdown, field_docs
from simnet.fields import Choices, Seconds

NETWORK = Path(__file__).parents[1] / "scenarios/networks/two-regions.yaml"


@dataclass(frozen=True, kw_only=True)
class Base:
    """A base, of ``one`` field.

    It is told by :class:`~simnet.errors.InputError`.
    """

    one: int = 1
    """The first,
    over two lines."""
    two: int = 2


@dataclass(frozen=True, kw_only=True)
class Derived(Base):
    two: int = 2
    """The ``second`` of :func:`some.where`."""
    three: Seconds = 3.0
    """How long it takes."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    way: Annotated[Literal["up", "down"], Choices({"up": "To the sky.", "down": "To the earth."})] = "up"
    """Whereto."""


class Filed(BaseModel):
    from_: Annotated[Seconds | None, Field(alias="from")] = None
    """When it begins."""
    plain: int = 1


def properties(kind: type) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = TypeAdapter(kind).json_schema(schema_generator=DescribedSchema)["properties"]
    return found


def test_a_field_means_what_stands_below_it_in_one_line() -> None:
    assert field_docs(Base) == {"one": "The first, over two lines."}


def test_a_field_of_a_base_means_what_it_means_there() -> None:
    assert field_docs(Derived)["one"] == field_docs(Base)["one"]


def test_names_are_in_code_marks() -> None:
    assert field_docs(Derived)["two"] == "The `second` of `some.where`."
    assert as_markdown(Base.__doc__) == "A base, of `one` field.\n\nIt is told by `InputError`."


def test_a_class_in_a_function_has_its_own() -> None:
    @dataclass
    class Base:
        one: int
        """Another one."""

    assert field_docs(Base) == {"one": "Another one."}


def test_a_class_without_a_source_has_no_words() -> None:
    namespace: dict[str, type] = {}
    exec("class Typed:\n    __module__ = 'nowhere'\n    one: int\n    'Words.'", namespace)
    assert field_docs(namespace["Typed"]) == {}


def test_a_property_says_what_it_means_and_then_its_form() -> None:
    assert properties(Derived)["three"]["description"] == (
        "How long it takes. A duration with its unit: ms, s, min or h."
    )


def test_a_property_that_has_another_key_in_files_is_found() -> None:
    assert properties(Filed)["from"]["description"].startswith("When it begins. A duration")
    assert "description" not in properties(Filed)["plain"]


def test_choices_say_what_each_means_and_the_property_what_is_chosen() -> None:
    way = properties(Chosen)["way"]
    assert way["description"] == "Whereto."
    assert way["anyOf"] == [
        {"const": "up", "type": "string", "description": "To the sky."},
        {"const": "down", "type": "string", "description": "To the earth."},
    ]


def test_loading_a_file_reads_no_source() -> None:
    code = (
        "import ast, pathlib; from simnet.scenario.loader import load_network; ast.parse = None;"
        f" print(load_network(pathlib.Path({str(NETWORK)!r})).channels)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "all\n"
