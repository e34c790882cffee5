"""Mail on simulated networks: late, refused, discarded by governance, and between all bundled chains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simnet.checks import Status
from simnet.journal.records import OurExtrinsic
from simnet.providers import barrier
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Outcome, rehearse
from simnet.scenario import Scenario


def network(relay: str = "rococo", *, paras: tuple[int, ...] = (2000, 2001), **more: Any) -> dict[str, Any]:
    return {"relay": {"runtime": relay, "validators": 4}, "parachains": [{"id": para} for para in paras], **more}


def run(folder: Path, spec: dict[str, Any], steps: list[dict[str, Any]], *expect: dict[str, Any]) -> Outcome:
    scenario = {"name": "mail", "network": spec, "steps": steps, "expect": list(expect)}
    return rehearse(Scenario.model_validate(scenario), SimulatedProvider(), Options(out=folder))


def seen(outcome: Outcome) -> dict[str, str]:
    """What was seen by each finding that did not hold."""
    return {finding.check.split()[0]: finding.seen for finding in outcome.verdict.failures}


def test_mail_that_waited_for_its_sender_is_late_and_in_the_order_of_asking(tmp_path: Path) -> None:
    """Regression: each message retried by itself, so that the last one was signed first, and counted only from then."""
    outcome = run(
        tmp_path,
        network("westend"),
        [
            {"inject": {"stop": {"targets": "collator-2000"}, "as": "down"}},
            {"label": "mail", "send": {"from": 2000, "to": 2001, "count": 5, "every": "60s"}},
            {"wait": {"for": "5min"}},
            {"heal": "down"},
            {"wait": {"state": "delivered", "within": "5min"}},
        ],
        {"messages": {"labels": "mail", "at_least": 5, "in_order": True, "ended_within": "60s"}},
    )
    traces = outcome.evidence.messages()
    assert [trace.index for trace in sorted(traces, key=lambda trace: trace.order or ())] == [0, 1, 2, 3, 4]
    asked = [trace.asked - traces[0].asked for trace in traces]
    assert asked == pytest.approx([0, 60, 120, 180, 240])
    assert all(trace.submitted is not None and trace.submitted - traces[0].asked > 300 for trace in traces)
    assert list(seen(outcome)) == ["messages"]
    assert "of which down kept 2000 from taking it" in seen(outcome)["messages"]


def test_a_run_does_not_wait_for_a_sender_that_never_comes_back(tmp_path: Path) -> None:
    """Regression: the run went on until the mail was handed in, which it never was."""
    outcome = run(
        tmp_path,
        network(),
        [
            {"inject": {"kill": {"targets": "collator-2000"}}},
            {"send": {"from": 2000, "to": 2001}},
            {"wait": {"for": "12s"}},
        ],
        {"messages": {}},
    )
    assert "never handed in: no node of 2000 took it" in seen(outcome)["messages"]


ONE_WAY = network(channels=[{"from": 2000, "to": 2001}])
"""2000 may send to 2001, which may not send to 2000."""

SENDS = [
    {"label": "there", "send": {"from": 2000, "to": 2001}},
    {"label": "back", "send": {"from": 2001, "to": 2000}},
]


def test_waiting_for_refused_mail_to_be_delivered_fails_at_once(tmp_path: Path) -> None:
    """Regression: it passed."""
    waits = [{"wait": {"state": "delivered", "within": "20min"}}]
    outcome = run(tmp_path, ONE_WAY, [*SENDS, *waits])
    failure = outcome.evidence.steps[-1].data.failure
    assert "back#0 2001>2000 cannot arrive: it was refused by the sender's chain: PolkadotXcm.SendFailure" in failure
    assert "Of 2 messages 0 arrived" in failure
    assert outcome.evidence.now - (outcome.evidence.t0 or 0) < 60
    assert outcome.verdict.status is Status.FAILED


def test_a_scenario_may_ask_for_the_refusal(tmp_path: Path) -> None:
    waits = [{"wait": {"state": "delivered", "messages": "there"}}, {"wait": {"state": "ended"}}]
    expected = ({"messages": {"labels": "back", "outcome": "refused"}}, {"messages": {"labels": "there"}})
    outcome = run(tmp_path, ONE_WAY, [*SENDS, *waits], *expected)
    assert outcome.verdict.status is Status.HELD, seen(outcome)


def test_mail_in_a_channel_that_governance_clears_ends_with_it(tmp_path: Path) -> None:
    """And mail that goes through the channel when it is opened again is mail as any other."""
    clean = {"call": "Hrmp.force_clean_hrmp", "sudo": True, "args": {"para": 2001, "num_inbound": 1, "num_outbound": 1}}
    again = {"sender": 2000, "recipient": 2001, "max_capacity": 8, "max_message_size": 4096}
    outcome = run(
        tmp_path,
        network(),
        [
            {"inject": {"stop": {"targets": "parachain:2001"}, "as": "down"}},
            {"label": "stuck", "send": {"from": 2000, "to": 2001, "count": 3}},
            {"wait": {"for": "60s"}},
            {"submit": clean},
            {"wait": {"for": "30s"}},
            {"heal": "down"},
            {"submit": {"call": "Hrmp.force_open_hrmp_channel", "sudo": True, "args": again}},
            {"wait": {"for": "120s"}},
            {"label": "later", "send": {"from": 2000, "to": 2001, "count": 2}},
            {"wait": {"state": "delivered", "messages": "later"}},
        ],
        {"messages": {"labels": "stuck", "at_least": 3, "outcome": "ChannelClosed"}},
        {"messages": {"labels": "later", "at_least": 2}},
        {"parachain_included": {"para": 2001, "after": "down", "at_least": 5}},
    )
    assert outcome.verdict.status is Status.HELD, seen(outcome)


def test_mail_for_a_parachain_that_is_offboarded_ends_with_it(tmp_path: Path) -> None:
    outcome = run(
        tmp_path,
        network(),
        [
            {"inject": {"stop": {"targets": "parachain:2001"}, "as": "down"}},
            {"label": "sideways", "send": {"from": 2000, "to": 2001}},
            {"label": "downward", "send": {"from": "relay", "to": 2001}},
            {"wait": {"for": "30s"}},
            {"submit": {"call": "ParasSudoWrapper.sudo_schedule_para_cleanup", "sudo": True, "args": {"id": 2001}}},
            {"wait": {"state": "ended", "within": "5min"}},
        ],
        {"messages": {"labels": "sideways", "outcome": "ChannelClosed"}},
        {"messages": {"labels": "downward", "outcome": "ParaOffboarded"}},
    )
    assert outcome.verdict.status is Status.HELD, seen(outcome)


@pytest.mark.parametrize("relay", ["rococo", "westend"])
def test_mail_arrives_between_all_bundled_chains(relay: str, tmp_path: Path) -> None:
    """Regression: Asset Hub has no sudo key in its preset, and takes the relay chain's token for execution."""
    paras = {1000: "asset-hub-westend", 1001: "asset-hub-westend", 2000: "penpal", 2001: "penpal"}
    spec = network(relay)
    spec["parachains"] = [{"id": para, "runtime": runtime} for para, runtime in paras.items()]
    chains = ["relay", *paras]
    sends = [{"send": {"from": one, "to": two}} for one in chains for two in chains if one != two]
    outcome = run(
        tmp_path, spec, [*sends, {"wait": {"state": "delivered", "within": "4min"}}], {"messages": {"at_least": 20}}
    )
    assert outcome.verdict.status is Status.HELD, seen(outcome)


def test_more_channels_than_the_preset_allows_are_opened_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six parachains with all channels: asked for in three blocks, and looked for page by page."""
    monkeypatch.setattr(barrier, "CHANNELS_AT_ONCE", 12)
    monkeypatch.setattr(barrier, "_KEYS_AT_ONCE", 8)
    spec = network(paras=tuple(range(2000, 2006)))
    spec["relay"]["validators"] = 8
    said: list[str] = []
    scenario = {"name": "many", "network": spec, "steps": [], "expect": [{"parachain_included": {"at_least": 1}}]}
    scenario["steps"] = [{"send": {"from": 2005, "to": 2000}}, {"wait": {"state": "delivered"}}]
    outcome = rehearse(Scenario.model_validate(scenario), SimulatedProvider(), Options(out=tmp_path, say=said.append))
    assert outcome.verdict.status is Status.HELD, seen(outcome)
    evidence = outcome.evidence
    told = [
        f"hrmp_max_parachain_{way}_channels 5 instead of 4, for the network's HRMP channels"
        for way in ("outbound", "inbound")
    ]
    assert evidence.network.adjusted == told
    assert [f"genesis: {text}" for text in told] == said[1:3]
    opened = {
        record.data.hash if False else record.hash for record in evidence.all_events("Hrmp", "HrmpChannelForceOpened")
    }
    extrinsics = {record.data.extrinsic for record in evidence.of(OurExtrinsic) if record.hash in opened}
    assert len(extrinsics) == 3
