"""A page each for faults, checks, steps, states and acts: what every kind does, its keys, an example, and who can do
it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docs.kind_examples import FOLDER, KINDS, examples
from docs.reference.files import PARTS_OF_STEPS, chapter, definitions, kinds, refer, words
from docs.reference.schemas import cell, form
from simnet.checks import KINDS as CHECKS
from simnet.faults import ACTS, USES, VALIDATOR_ACTS
from simnet.faults import KINDS as FAULTS
from simnet.scenario.awaited import STATES

PROVIDERS = ("simulated", "docker")


def faults() -> str:
    """Every fault."""
    said = (
        "A fault lasts until it is healed. It stands in a step [inject](steps.md#inject), or in a window of the"
        " `schedule`. An instant is over when its nodes are back. It is a step of its own, or a window without `for`."
    )
    lines = ["# Faults", "", said, "", *_summary("faults")]
    for kind in KINDS["faults"]:
        lines += [f"## {kind}", "", *chapter(FAULTS[kind].__name__), *_example("faults", kind)]
        lines += _in_python("faults", FAULTS[kind])
    return "\n".join(lines)


def checks() -> str:
    """Every check."""
    said = "A check stands under `expect`, and judges the time that `during` or `after` names, else the whole run."
    lines = ["# Checks", "", said, "", *_summary("checks")]
    for kind in KINDS["checks"]:
        lines += [f"## {kind}", "", *chapter(CHECKS[kind].__name__), *_example("checks", kind)]
        lines += _in_python("checks", CHECKS[kind])
    return "\n".join(lines)


def steps() -> str:
    """Every step; those that are instants are with the faults."""
    lines = ["# Steps", "", "A step is a mapping of one verb; `at` and `label` may stand beside it.", ""]
    for verb in KINDS["steps"]:
        part = kinds("Step")[verb]
        lines += [f"## {verb}", ""]
        if part:
            lines += chapter(part)
        else:
            schema = definitions()["Step"]["properties"][verb]
            lines += [schema["description"], "", f"Under it stands {form(schema, refer)}.", ""]
        lines += _example("steps", verb)
    for part in PARTS_OF_STEPS:
        lines += [f"## {words(part)}", "", *chapter(part)]
    instants = ", ".join(f"[{kind}](faults.md#{kind})" for kind in KINDS["faults"] if FAULTS[kind].instant)
    return "\n".join([*lines, "## Instants", "", f"Faults that are steps of their own: {instants}.", ""])


def states() -> str:
    """Every state that a step can wait for."""
    lines = ["# States", "", "What a step [wait](steps.md#wait) takes under `state`.", ""]
    for state in KINDS["states"]:
        lines += [f"## {state}", "", STATES[state], "", *_example("states", state)]
    return "\n".join(lines)


def acts() -> str:
    """Every byzantine act, first those of validators."""
    said = "What a [byzantine](faults.md#byzantine) node does. Each occasion is counted, and whether it was used."
    lines = ["# Acts", "", said, ""]
    for act in KINDS["acts"]:
        who = "a validator" if act in VALIDATOR_ACTS else "a collator"
        lines += [f"## {act}", "", ACTS[act], "", f"An act of {who}. Counted: {USES[act]}.", ""]
        lines += _example("acts", act)
    return "\n".join(lines)


def _summary(family: str) -> Iterator[str]:
    """A line for each kind, with its first sentence and the providers that can do it."""
    known = {"faults": FAULTS, "checks": CHECKS}[family]
    yield from ("| kind | what it is | providers |", "| --- | --- | --- |")
    for kind in KINDS[family]:
        said = cell(sentence(definitions()[known[kind].__name__]["description"]))
        yield f"| [{kind}](#{kind}) | {said} | {', '.join(_able(family, kind))} |"
    yield ""


def _able(family: str, kind: str) -> list[str]:
    return [provider for provider in PROVIDERS if provider not in examples()[family][kind].refusals]


def _example(family: str, kind: str) -> Iterator[str]:
    """A kind's example, which a test loads with the rest of its file, and who can do it."""
    shown = examples()[family][kind]
    yield from ("```yaml", shown.text.rstrip(), "```", "")
    whole = f"[the whole scenario](../{FOLDER.name}/{shown.file.name})"
    refusals = "".join(f" Not `{provider}`: {why}." for provider, why in shown.refusals.items())
    able = " and ".join(f"`{provider}`" for provider in _able(family, kind))
    yield from (f"Providers: {able}.{refusals} The example is from {whole}.", "")


def _in_python(package: str, value: type) -> tuple[str, str]:
    return (f"In Python: [`{value.__name__}`][simnet.{package}.{value.__name__}].", "")


def sentence(text: str) -> str:
    """The first sentence of a description."""
    first = re.match(r".*?\.(?=\s|$)", text)
    return first[0] if first else text
