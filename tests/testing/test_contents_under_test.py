"""Checks of a chain's contents in tests: names are looked up, and values are read from when a test asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simnet.checks import Balance, Events, Status, Storage
from simnet.errors import InputError
from simnet.providers.barrier import reach_barrier
from simnet.testing import NetworkUnderTest
from tests.providers.simulated.networks import launch, with_parachain


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetworkUnderTest]:
    folder = tmp_path_factory.mktemp("contents")
    launched = launch(with_parachain(), folder)
    try:
        reach_barrier(launched, 480)
        yield NetworkUnderTest(launched, folder)
    finally:
        launched.close()


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (Events(chain=2000, event="Balances.Transfers", at_most=0), "did you mean 'Transfer'"),
        (Events(chain=2000, event="Balances.Transfer", where={"too": "//Bob"}, at_most=0), "did you mean 'to'"),
        (Balance(account="//Bob", at_least="1 FOO"), "FOO"),
        (Storage(chain=9, item="Sudo.Key", absent=True), "9"),
    ],
)
def test_what_no_runtime_has_is_refused_and_not_held(network: NetworkUnderTest, check: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        network.expect(check)
    with pytest.raises(InputError, match=told):
        network.watch(check)


def test_a_value_is_judged_from_when_it_was_asked_for(network: NetworkUnderTest) -> None:
    rich = Balance(chain=2000, account="//Bob", at_least=1)
    assert network.judge(rich).status is Status.INCONCLUSIVE
    network.watch(rich)
    network.network.wait(60)
    assert network.expect(rich).status is Status.HELD


def test_steps_of_assets_are_verbs_of_a_test(network: NetworkUnderTest) -> None:
    told = network.dry_run("Balances.transfer_keep_alive", {"dest": "//Bob", "value": "1 UNIT"}, chain="2000")
    assert told.outcome == "success"
