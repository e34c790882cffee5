"""What really changed between two releases, and whom that breaks."""

from __future__ import annotations

from simnet.chain.changes import Difference
from simnet.runtime.diff import Breakage, RuntimeDiff
from tests.runtime.diff.pairs import from_the_release_before


def named(diff: RuntimeDiff, kind: str, how: str) -> set[str]:
    return {one.name for one in diff.changes if (one.kind, one.how) == (kind, how)}


def change(diff: RuntimeDiff, name: str) -> Difference:
    (found,) = (one for one in diff.changes if one.name == name)
    return found


def told(diff: RuntimeDiff, whom: str, weight: str) -> list[Breakage]:
    return [one for one in diff.breakages if (one.whom, one.weight) == (whom, weight)]


GONE = {"Staking", "VoterList", "NominationPools", "FastUnstake", "ElectionProviderMultiPhase"}


def test_westend_lost_five_pallets_and_no_call_means_another_thing() -> None:
    diff = from_the_release_before("westend")
    assert (diff.old.spec_version, diff.new.spec_version) == (1_024_001, 1_025_002)
    assert named(diff, "pallet", "removed") == GONE
    assert {change(diff, name).old for name in GONE} == {f"index {index}" for index in (6, 24, 25, 29, 30)}
    assert named(diff, "call", "removed") == named(diff, "call", "moved") == named(diff, "call", "changed") == set()
    assert told(diff, "offline signers", "breaks") == []
    (gone,) = told(diff, "other chains' Transact", "breaks")
    assert set(gone.names) == {f"{name}.*" for name in GONE}


def test_westend_keeps_downward_messages_elsewhere() -> None:
    diff = from_the_release_before("westend")
    assert change(diff, "Dmp.DownwardMessageQueues").how == "removed"
    assert {one for one in named(diff, "storage", "added") if one.startswith("Dmp.")} == {
        "Dmp.DownwardMessageQueueMeta",
        "Dmp.DownwardMessageQueuePages",
        "Dmp.DownwardMessageQueueLazyDelete",
    }
    holds = change(diff, "Balances.Holds")
    assert (holds.effects, holds.why) == (("narrowed",), ("RuntimeHoldReason: Staking (6) went",))


def test_an_event_put_among_others_moves_those_after_it() -> None:
    diff = from_the_release_before("westend")
    came, moved = change(diff, "Identity.RegistrarRemoved"), change(diff, "Identity.SubIdentityAdded")
    assert (came.how, came.new, came.reuses) == ("added", "index 7", "SubIdentityAdded")
    assert (moved.how, moved.old, moved.new) == ("moved", "index 7", "index 8")
    assert any("Identity.SubIdentityAdded" in one.names for one in told(diff, "indexers", "breaks"))


def test_westend_needs_no_host_function_that_it_did_not() -> None:
    diff = from_the_release_before("westend")
    assert {one.how for one in diff.host_functions} == {"kept", "removed"}
    assert all(one.since == "1.3.0 or earlier" and one.until is None for one in diff.host_functions)


def test_asset_hub_gave_a_call_another_argument_and_its_transaction_version_stands() -> None:
    diff = from_the_release_before("asset-hub-westend")
    assert diff.old.transaction_version == diff.new.transaction_version == 16
    call = change(diff, "Staking.set_staking_configs")
    assert (call.how, call.effects) == ("changed", ("changed",))
    assert call.why == ("set_staking_configs: chill_inactive_threshold: ConfigOp came",)
    (signers,) = told(diff, "offline signers", "breaks")
    assert "transaction_version should have moved and stands at 16" in signers.what
    assert signers.names == ("Staking.set_staking_configs",)
    (others,) = told(diff, "other chains' Transact", "breaks")
    assert others.names == ("Staking.set_staking_configs",)


def test_penpals_two_releases_have_one_version_so_that_the_chain_refuses_the_new_one() -> None:
    diff = from_the_release_before("penpal")
    (refused,) = told(diff, "the upgrade", "breaks")
    assert "spec_version 1 is not higher than 1: the chain refuses it" in refused.what
    assert refused.what.endswith("and then no migration runs")
    assert named(diff, "event", "added") == {"AssetConversion.PoolFeeSet"}
    versions = [(one.name, one.old, one.new) for one in diff.changes if one.kind == "api"]
    assert versions == [("ReviveApi", "version 1", "version 2")]
