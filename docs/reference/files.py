"""What scenario and network files hold: a page for faults, checks and steps each, and one for each kind of file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from docs.reference.schemas import Schema, as_table
from simnet.checks import KINDS as CHECKS
from simnet.faults import KINDS as FAULTS
from simnet.scenario.schema import json_schema
from simnet.search.space_schema import space_json_schema

_CHOOSING = ("Inject", "Change", "WindowSpec", "Expectation", "Step")
"""Definitions of which exactly one key says what they are."""


@cache
def definitions() -> dict[str, Schema]:
    """The parts of a scenario file by their names in its schema."""
    whole = json_schema()
    return {**whole["$defs"], "Scenario": whole}


@cache
def kinds(name: str) -> dict[str, str]:
    """Of a definition that is a choice its alternatives: each key, and the definition that stands under it."""
    alternatives = [key for one in definitions()[name].get("oneOf", ()) for key in one["required"]]
    parts = definitions()[name]["properties"]
    return {key: _referred(parts[key]) for key in alternatives}


def refer(name: str) -> str:
    """A link to where a definition is explained."""
    for page, all_kinds in (("faults", FAULTS), ("checks", CHECKS)):
        for kind, value in all_kinds.items():
            if value.__name__ == name:
                return f"[{kind}]({page}.md#{kind})"
    for verb, part in kinds("Step").items():
        if part == name:
            return f"[{verb}](steps.md#{verb})"
    head = words(name).lower()
    if name == "NetworkSpec":
        return f"[{head}](network-file.md)"
    page = "steps" if name in PARTS_OF_STEPS else f"{'scenario' if name in _IN_SCENARIO else 'network'}-file"
    return f"[{head}]({page}.md#{head.replace(' ', '-')})"


def words(name: str) -> str:
    """A definition's name as a heading: ``ChannelSpec`` is a channel."""
    split = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name.removesuffix("Spec"))
    return split.strip().capitalize()


_IN_SCENARIO = ("WindowSpec", "Step", "Expectation", "EventPattern")
PARTS_OF_STEPS = ("CallInBatch", "Behalf", "WrittenEntry", "Fees", "ProgramWeight")
"""Definitions that stand under several keys of steps."""
_IN_NETWORK = ("RelaySpec", "ParachainSpec", "NodeSpec", "Resources", "ChannelSpec")


def scenario_file() -> str:
    """The keys of a scenario file, and the parts that have no page of their own."""
    return _page("A scenario file", "Scenario", _IN_SCENARIO)


def network_file() -> str:
    """The keys of a network file, which are those of a scenario's ``network``."""
    return _page("A network file", "NetworkSpec", _IN_NETWORK)


def space_file() -> str:
    """The keys of the file of a space."""
    schema = space_json_schema()
    return "\n".join(["# A space", "", schema["description"], "", *as_table(schema, refer)])


def _page(title: str, first: str, others: Iterable[str]) -> str:
    lines = [f"# {title}", "", *chapter(first)]
    for name in others:
        lines += [f"## {words(name)}", "", *chapter(name)]
    return "\n".join(lines)


def chapter(name: str) -> Iterator[str]:
    """What a definition says, then its keys; of a choice the alternatives first."""
    schema = definitions()[name]
    yield from (schema["description"], "")
    choice = kinds(name) if name in _CHOOSING else {}
    if choice:
        links = (refer(part) if part else f"[{key}](steps.md#{key})" for key, part in choice.items())
        yield from (f"Exactly one of {', '.join(links)}.", "")
    yield from as_table(schema, refer, without=choice)


def _referred(schema: Schema) -> str:
    """The definition to which a key's value belongs; empty where it is a plain value."""
    for one in (schema, *schema.get("anyOf", ())):
        if "$ref" in one:
            return str(one["$ref"]).rpartition("/")[2]
    return ""
