"""What editors and checkers of types show of faults, checks and models is what a call takes."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pytest
from pydantic import BaseModel

from simnet import checks, faults
from simnet.faults import OnTargets
from simnet.scenario import (
    ChannelSpec,
    NetworkSpec,
    NodeSpec,
    ParachainSpec,
    RelaySpec,
    Resources,
    Scenario,
    Send,
    Wait,
)
from simnet.scenario.state_steps import Submit
from simnet.scenario.steps import RotateKeys
from simnet.search import Space
from tests.quality.signatures import declared, wanted

KINDS = (*faults.KINDS.own.values(), *checks.KINDS.own.values())
MODELS = (
    Scenario, NetworkSpec, RelaySpec, ParachainSpec, NodeSpec, ChannelSpec, Resources, Wait, Send, Submit, RotateKeys,
    Space,
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_signature_of_a_kind_has_its_fields_in_the_forms_that_they_take(kind: type) -> None:
    assert declared(kind) == wanted(kind)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_signature_of_a_model_has_its_fields_and_says_which_must_be_given(model: type[BaseModel]) -> None:
    (made,) = ast.parse(declared(model) or "").body
    assert isinstance(made, ast.FunctionDef)
    needed = {
        one.arg: default is None for one, default in zip(made.args.kwonlyargs, made.args.kw_defaults, strict=True)
    }
    assert needed == {name: info.is_required() for name, info in model.model_fields.items()}


@dataclass(frozen=True, kw_only=True)
class Forgetful(OnTargets):
    """Its signature lacks a field, and takes less than another does."""

    kind: ClassVar[str] = "forgetful"

    if TYPE_CHECKING:

        def __init__(self, *, targets: tuple[str, ...]) -> None: ...

    down_for: float = 0.0


def test_a_signature_that_lacks_a_field_is_found() -> None:
    assert declared(Forgetful) != wanted(Forgetful)
