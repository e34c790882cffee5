"""A page each for faults, checks and steps: what every kind does, its keys, and how Python calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from docs.reference.files import chapter, definitions, kinds, refer
from docs.reference.schemas import cell, form
from simnet.checks import KINDS as CHECKS
from simnet.faults import ACTS, USES, VALIDATOR_ACTS
from simnet.faults import KINDS as FAULTS
from simnet.scenario.steps import STATES


def faults() -> str:
    """Every fault."""
    lasting = "A fault lasts until it is healed. It stands in a step `inject`, or in a window of the `schedule`."
    instant = "An instant is over when its nodes are back. It is a step of its own, or such a window without `for`."
    return "\n".join(["# Faults", "", f"{lasting} {instant}", "", *_summary(FAULTS), *_chapters(FAULTS, "faults")])


def checks() -> str:
    """Every check."""
    said = "A check stands under `expect`, and judges the time that `during` or `after` names, else the whole run."
    return "\n".join(["# Checks", "", said, "", *_summary(CHECKS), *_chapters(CHECKS, "checks")])


def steps() -> str:
    """Every step; those that are instants are with the faults."""
    lines = ["# Steps", "", "A step is a mapping of one verb; `at` and `label` may stand beside it.", ""]
    for verb, part in kinds("Step").items():
        if verb in FAULTS:
            continue
        lines += [f"## {verb}", ""]
        if part:
            lines += chapter(part)
        else:
            schema = definitions()["Step"]["properties"][verb]
            lines += [schema["description"], "", f"Under it stands {form(schema, refer)}.", ""]
    instants = ", ".join(f"[{kind}](faults.md#{kind})" for kind, fault in FAULTS.items() if fault.instant)
    return "\n".join([*lines, "## Instants", "", f"Faults that are steps of their own: {instants}.", ""])


def states() -> str:
    """Every state that a step can wait for."""
    lines = ["# States", "", "What a step [wait](steps.md#wait) takes under `state`.", ""]
    for state, meaning in STATES.items():
        lines += [f"## {state}", "", meaning, ""]
    return "\n".join(lines)


def acts() -> str:
    """Every byzantine act, first those of validators."""
    said = "What a [byzantine](faults.md#byzantine) node does. Each occasion is counted, and whether it was used."
    lines = ["# Acts", "", said, ""]
    for act, meaning in ACTS.items():
        who = "a validator" if act in VALIDATOR_ACTS else "a collator"
        lines += [f"## {act}", "", meaning, "", f"An act of {who}. Counted: {USES[act]}.", ""]
    return "\n".join(lines)


def _summary(all_kinds: Mapping[str, type]) -> Iterator[str]:
    """A line for each, with its first sentence."""
    yield from ("| kind | what it is |", "| --- | --- |")
    for kind, value in all_kinds.items():
        yield f"| [{kind}](#{kind}) | {cell(sentence(definitions()[value.__name__]['description']))} |"
    yield ""


def _chapters(all_kinds: Mapping[str, type], package: str) -> Iterable[str]:
    for kind, value in all_kinds.items():
        name = value.__name__
        yield from (f"## {kind}", "", *chapter(name), f"In Python: [`{name}`][simnet.{package}.{name}].", "")


def sentence(text: str) -> str:
    """The first sentence of a description."""
    first = re.match(r".*?\.(?=\s|$)", text)
    return first[0] if first else text
