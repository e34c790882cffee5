"""Functions of runtime APIs by names and arguments as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.chain.api_calls import api_call
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.codec import u32
from simnet.errors import InputError
from simnet.network.accounts import keys
from tests.chain.runtimes import Both


@pytest.fixture
def rococo(bundled: dict[str, Both]) -> Metadata:
    return bundled["rococo"].with_apis


def test_a_function_is_named_in_one_or_two_words(rococo: Metadata) -> None:
    one, two = (
        api_call(rococo, "ParachainHost.session_info", [3]),
        api_call(rococo, "ParachainHost", ["session_info", 3]),
    )
    assert one == two
    assert (one.name, one.exported, one.arguments) == (
        "ParachainHost.session_info",
        "ParachainHost_session_info",
        u32(3),
    )


def test_arguments_are_given_by_name_as_well(rococo: Metadata) -> None:
    by_order = api_call(rococo, "AccountNonceApi.account_nonce", ["//Alice"])
    assert by_order.arguments == keys("//Alice").sr25519
    assert by_order == api_call(rococo, "AccountNonceApi.account_nonce", named={"account": "//Alice"})


def test_a_call_is_an_argument_in_its_natural_form(bundled: dict[str, Both]) -> None:
    """An account that the runtime's own type takes, a call of it, and a version of XCM."""
    metadata = bundled["asset-hub-westend"].with_apis
    call = api_call(
        metadata,
        "DryRunApi.dry_run_call",
        [{"system": {"Signed": "//Alice"}}, {"System": {"remark": {"remark": "0x68"}}}, 5],
    )
    assert call.arguments.endswith(
        bundled["asset-hub-westend"].calls.compose("System.remark", {"remark": "0x68"}) + u32(5)
    )


def test_an_answer_is_decoded_by_its_type(rococo: Metadata) -> None:
    assert api_call(rococo, "ParachainHost.session_index_for_child").answer(u32(7)) == 7


@pytest.mark.parametrize(
    ("name", "args", "named", "told"),
    [
        ("ParachainHost.validators", [3], {}, r"ParachainHost\.validators takes 0 arguments \(none\), given were 1"),
        ("ParachainHost.session_info", [], {}, r"takes 1 arguments? \(index: u32\), given were 0"),
        ("ParachainHost.session_info", [-1], {}, r"ParachainHost\.session_info > index: -1 does not fit u32"),
        ("AccountNonceApi.account_nonce", [], {"acount": 1}, r"no argument 'acount'; did you mean 'account'\?"),
        ("AccountNonceApi.account_nonce", ["//Bob"], {"account": "//Bob"}, r"write either"),
        ("ParachainHost", [], {}, r"'ParachainHost' names no function of an API"),
        ("ParachainHost", [3], {}, r"'ParachainHost' names no function of an API"),
    ],
)
def test_arguments_that_a_function_does_not_take_are_told(
    rococo: Metadata, name: str, args: list[Any], named: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        api_call(rococo, name, args, named)


def test_metadata_that_does_not_tell_apis_is_told(bundled: dict[str, Both]) -> None:
    with pytest.raises(NotInRuntimeError, match=r"does not tell its APIs \(version 14\)"):
        api_call(bundled["rococo"].metadata, "Core.version")
