"""Which events are meant, by the fields and types that the runtime's metadata has."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.chain.event_fields import event_fields, plain_where
from simnet.errors import InputError, UnknownFieldError
from simnet.network.accounts import keys
from tests.chain.names_of import events, misspelled
from tests.chain.runtimes import NAMES, Both

ALICE = "0x" + keys("//Alice").sr25519.hex()


@pytest.mark.parametrize(
    ("kind", "where", "plain"),
    [
        ("Balances.Transfer", {"from": "//Alice", "amount": "5"}, {"from": ALICE, "amount": 5}),
        ("Balances.Transfer", {"from": keys("//Alice").address}, {"from": ALICE}),
        ("System.ExtrinsicSuccess", {"dispatch_info.class": "Normal"}, {"dispatch_info.class": "Normal"}),
        ("System.ExtrinsicSuccess", {"dispatch_info.weight.ref_time": 5}, {"dispatch_info.weight.ref_time": 5}),
        (
            "System.ExtrinsicFailed",
            {"dispatch_error.Module.index": 3, "dispatch_error.Token": "Frozen"},
            {"dispatch_error.Module.index": 3, "dispatch_error.Token": "Frozen"},
        ),
        ("ParaInclusion.CandidateBacked", {"0.descriptor.para_id": 2000}, {"0.descriptor.para_id": 2000}),
        ("Proxy.ProxyAdded", {"proxy_type": "Any"}, {"proxy_type": "Any"}),
        ("Sudo.Sudid", {"sudo_result": {"Ok": []}}, {"sudo_result": {"Ok": None}}),
    ],
)
def test_values_are_those_that_decoders_give(
    bundled: dict[str, Both], kind: str, where: dict[str, Any], plain: dict[str, Any]
) -> None:
    assert plain_where(bundled["rococo"].metadata, *kind.split("."), where) == plain


@pytest.mark.parametrize(
    ("kind", "where", "told"),
    [
        ("Balances.Transfer", {"form": 1}, r"Balances\.Transfer has no field 'form'; did you mean 'from'\?"),
        ("Balances.Transfer", {"amount.free": 1}, r"Balances\.Transfer > amount has no part 'free'; it is u128"),
        ("Balances.Transfer", {"from.0": 1}, r"has no part '0'"),
        ("System.ExtrinsicFailed", {"dispatch_error.Modul": 1}, r"has no variant 'Modul'; did you mean 'Module'\?"),
        ("System.ExtrinsicFailed", {"dispatch_error.Module.inde": 1}, r"no field 'inde'; did you mean 'index'\?"),
        ("Session.NewQueued", {"hash": 1}, r"Session\.NewQueued has no field 'hash'; it has none"),
    ],
)
def test_a_field_that_the_event_has_not_is_told(
    bundled: dict[str, Both], kind: str, where: dict[str, Any], told: str
) -> None:
    with pytest.raises(UnknownFieldError, match=told):
        plain_where(bundled["penpal"].metadata, *kind.split("."), where)


@pytest.mark.parametrize("where", [{"from": "alice"}, {"amount": -1}, {"amount": 2**128}, {"amount": None}])
def test_a_value_that_is_none_of_its_type_is_told(bundled: dict[str, Both], where: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"Balances\.Transfer > (from|amount): "):
        plain_where(bundled["penpal"].metadata, "Balances", "Transfer", where)


def test_functions_are_left_as_they_are(bundled: dict[str, Both]) -> None:
    def large(amount: int) -> bool:
        return amount > 5

    assert plain_where(bundled["penpal"].metadata, "Balances", "Transfer", {"amount": large}) == {"amount": large}


@given(data=st.data())
def test_a_misspelled_field_is_told_at_its_place(bundled: dict[str, Both], data: st.DataObject) -> None:
    metadata = bundled[data.draw(st.sampled_from(NAMES))].metadata
    kinds = [kind for kind in events(metadata) if any(f.name for f in event_fields(metadata, *kind.split(".")))]
    kind = data.draw(st.sampled_from(kinds))
    fields = [field.name or "" for field in event_fields(metadata, *kind.split("."))]
    mutated = data.draw(misspelled(data.draw(st.sampled_from(fields))).filter(lambda word: word not in fields))
    with pytest.raises(UnknownFieldError) as told:
        plain_where(metadata, *kind.split("."), {mutated: lambda _: True})
    assert f"{kind} has no field {mutated!r}" in str(told.value)
