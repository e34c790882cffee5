"""What schemas say of each property: what it does, in more than its own words, with its form and its default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_type_hints

import pytest
from pydantic import TypeAdapter
from pydantic_core import PydanticUndefined

from simnet.checks import KINDS as CHECKS
from simnet.checks.messages import OUTCOMES, REFUSED, SUCCESS
from simnet.cli._schemas import SCHEMAS as ALL_SCHEMAS
from simnet.faults import ACTS, COLLATOR_ACTS, VALIDATOR_ACTS
from simnet.faults import KINDS as FAULTS
from simnet.field_docs import field_docs
from simnet.journal import DISCARDED, EXECUTED, MISSED, TERMINAL
from simnet.journal.records._chain_records import DISPUTE_STATES, DisputeState
from simnet.network.topology import SYNC_MODES, SyncMode
from simnet.scenario._written import NO_DEFAULT, written_fields
from simnet.scenario.awaited import STATES, AwaitedState
from simnet.scenario.network_spec import ChannelSpec, NetworkSpec, NodeSpec, ParachainSpec, RelaySpec, Resources
from simnet.scenario.scenario import Scenario
from simnet.scenario.state_steps import Submit
from simnet.scenario.steps import Change, Inject, RotateKeys, Send, Step, Wait, WindowSpec
from simnet.scenario.xcm_steps import ClaimAssets, DryRun, Fees, ProgramWeight, Transfer, Xcm
from simnet.search.space import Space

SCHEMAS = {name: one.make() for name, one in ALL_SCHEMAS.items()}
UNITS = re.compile(r"\b(seconds|duration|share|size|rate|cores|unit|bytes|blocks?)\b", re.IGNORECASE)
LEFT_OUT = re.compile(r"\b(left out|none|null)\b", re.IGNORECASE)
COMMON = set(
    re.findall(
        r"\w+",
        """a an the of to in on at by for from with without and or that which who whose it its is are be been has have
        had was were as if this these those there one ones all any each every no not none more than other others so what
        when where how whether into out up over under between before after until while during own same such may must can
        will""",
    )
)
"""Words that say nothing about a thing by themselves."""
LEAST = 3
"""Words that a description has beside those of the names, at least."""


class Property(NamedTuple):
    file: str
    owner: str
    key: str
    schema: dict[str, Any]

    @property
    def said(self) -> str:
        return str(self.schema.get("description", ""))


def properties(file: str) -> Iterator[Property]:
    schema = SCHEMAS[file]
    owners = {schema["title"]: schema, **schema.get("$defs", {})}
    for owner, one in owners.items():
        for key, found in one.get("properties", {}).items():
            yield Property(file, owner, key, found)


ALL = [one for file in SCHEMAS for one in properties(file)]
MODELS = (
    *(Scenario, NetworkSpec, RelaySpec, ParachainSpec, NodeSpec, Resources, ChannelSpec),
    *(Step, Wait, Inject, Change, Send, Submit, RotateKeys, WindowSpec),
    *(Transfer, Fees, Xcm, ProgramWeight, DryRun, ClaimAssets),
)
"""What scenarios and networks are made of."""
KINDS: tuple[type, ...] = (*FAULTS.own.values(), *CHECKS.own.values())


def words(text: str) -> set[str]:
    """The words of a text or a name that mean something, without endings."""
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).replace("_", " ").lower()
    found = {word for word in re.findall(r"[a-z]+", apart) if len(word) > 1 and word not in COMMON}
    return {re.sub(r"(ing|ed|es|s)$", "", word) for word in found}


def says_more(description: str, *names: str) -> bool:
    """Whether a description has words beside those of the names."""
    return len(words(description) - set().union(*map(words, names))) >= LEAST


def units_of(schema: dict[str, Any]) -> bool:
    """Whether values are numbers with a unit: no counts, which are whole."""
    return "number" in [one.get("type") for one in (schema, *schema.get("anyOf", ()))]


def test_every_property_is_described() -> None:
    assert [one[:3] for one in ALL if not one.said] == []


def test_every_kind_and_step_is_described() -> None:
    bare = [
        (file, name)
        for file, schema in SCHEMAS.items()
        for name, one in schema.get("$defs", {}).items()
        if not one.get("description") and "enum" not in one
    ]
    assert bare == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_a_kind_says_in_its_first_paragraph_when_one_uses_it(kind: type) -> None:
    first = (kind.__doc__ or "").split("\n\n")[0]
    assert "Use it" in " ".join(first.split())


def test_a_number_names_its_unit() -> None:
    assert [one[:3] for one in ALL if units_of(one.schema) and not UNITS.search(one.said)] == []


@pytest.mark.parametrize(
    ("pattern", "form"),
    [("ms|s|min|h)", "duration with its unit"), ("KiB", "size with its unit"), ("Mbit", "rate with its unit")],
)
def test_text_with_a_unit_shows_its_form(pattern: str, form: str) -> None:
    of_it = [one for one in ALL if pattern in str(one.schema.get("pattern", one.schema.get("anyOf")))]
    assert of_it
    assert [one[:3] for one in of_it if form not in one.said] == []


def test_what_may_be_left_out_says_what_holds_then() -> None:
    silent = [
        one[:3]
        for one in ALL
        if "default" in one.schema
        and one.schema["default"] is None
        and not ({"$ref"} & {key for part in one.schema.get("anyOf", ()) for key in part})
        and one.owner != "Step"
        and not LEFT_OUT.search(one.said)
    ]
    assert silent == []


def test_no_description_only_repeats_the_names() -> None:
    owners = {kind.__name__: kind for kind in (*MODELS, *KINDS, Space)}
    poor = [
        (name, field, said)
        for name, kind in owners.items()
        for field, said in field_docs(kind).items()
        if field in {one.name for one in written_fields(kind)} and not says_more(said, field, name)
    ]
    assert poor == []


def test_no_description_of_a_record_only_repeats_the_names() -> None:
    assert [one[:3] for one in properties("journal") if not says_more(one.said, one.key, "")] == []


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("The targets.", ("targets", "Stop")),
        ("Blocks at least.", ("at_least", "BlocksAdvance")),
        ("How long the wait is to be waited.", ("within", "Wait")),
        ("The region of the node.", ("region", "NodeSpec")),
    ],
)
def test_a_description_that_only_repeats_the_names_is_found(said: str, names: tuple[str, str]) -> None:
    assert not says_more(said, *names)


@pytest.mark.filterwarnings("ignore::pydantic.warnings.UnsupportedFieldAttributeWarning")  # keys are not asked here
@pytest.mark.parametrize("kind", [*MODELS, *KINDS], ids=lambda kind: kind.__name__)
def test_defaults_of_the_schema_are_those_of_the_model(kind: type) -> None:
    name = "A simnet scenario" if kind is Scenario else kind.__name__
    of_kind = {one.key: one.schema for one in properties("scenario") if one.owner == name}
    hints = get_type_hints(kind, include_extras=True)
    for field in written_fields(kind):
        shown = of_kind[field.key].get("default", PydanticUndefined)
        if field.default is NO_DEFAULT:
            assert shown is PydanticUndefined, field.key
        elif shown is not PydanticUndefined:
            read = TypeAdapter(hints[field.name]).validate_python(shown, context={"file": True}, by_alias=True)
            assert read == field.default, field.key
        else:
            assert field.default == {} or (kind, field.key) == (Scenario, "network"), "its place may also hold a path"


@pytest.mark.parametrize(
    ("meanings", "texts"),
    [
        (STATES, get_args(AwaitedState)),
        (ACTS, (*VALIDATOR_ACTS, *COLLATOR_ACTS)),
        (SYNC_MODES, get_args(SyncMode)),
        (DISPUTE_STATES, get_args(DisputeState)),
        (OUTCOMES, (SUCCESS, REFUSED, EXECUTED, MISSED, *TERMINAL, *DISCARDED)),
    ],
)
def test_each_choice_has_a_meaning(meanings: dict[str, str], texts: tuple[str, ...]) -> None:
    assert sorted(meanings) == sorted(texts)
