"""What users write, for checkers of types: ``mypy --strict`` finds nothing here, and nothing that it is told to ignore
is right. No test runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet import NetworkSpec, Options, Outcome, Scenario, Status, judge_folder, load_scenario, rehearse
from simnet.checks import ChannelFilled, Disputes, FinalityAdvances, FinalityStalls, Messages, MetricValue, Offences
from simnet.faults import Byzantine, Degrade, Isolate, OneWayCut, Outage, Partition, Restart, Stop
from simnet.providers import provider_named
from simnet.scenario import ChannelSpec, Inject, NodeSpec, ParachainSpec, RelaySpec, Send, Step, Wait
from simnet.search import Space, assert_held, read_bundle, replay, run_trial
from simnet.testing import NetworkUnderTest

FAULTS = [
    Stop(targets="alice"),
    Stop(targets=["alice", "region:eu"]),
    Partition(groups=["alice", "bob"]),
    Partition(groups=(("region:eu",), ["charlie", "dave"], "eve")),
    Isolate(targets=("alice",)),
    OneWayCut(source="alice", target="all"),
    Degrade(source="alice", target="bob", delay="100ms", loss="2 %", rate="5 Mbit/s"),
    Degrade(source="alice", target="bob", delay=0.1, loss=0.02, rate=5e6),
    Restart(targets="alice", down_for="5s", flags=["--log=debug"]),
    Byzantine(targets="alice", acts="stall"),
    Byzantine(targets="alice", acts=["back_invalid", "approve_invalid"]),
    Outage(region="eu"),
]
CHECKS = [
    FinalityAdvances(after="down", within="60s", chain=2000, nodes="alice"),
    FinalityStalls(during="down", grace=12),
    Messages(labels="mail", sender=2000, recipient="relay", within="2min", held_for=5),
    ChannelFilled(sender=2000, recipient=2001, share="50 %"),
    Offences(at_most=0, by=["alice"]),
    Disputes(at_least=1, concluded_within="1min"),
    MetricValue(name="up", at_least=1, labels={"job": "node"}),
]
NETWORK = NetworkSpec(
    relay=RelaySpec(validators=[NodeSpec(name="alice", flags=["-lbabe"]), {"name": "bob"}]),
    parachains=[ParachainSpec(id=2000), {"id": 2001, "collators": 2}],
    channels=[ChannelSpec(sender=2000, recipient=2001, max_message_size="4 KiB")],
)
SCENARIO = Scenario(
    name="said-in-python",
    network=NETWORK,
    steps=[
        {"inject": {"stop": {"targets": "alice"}, "as": "down", "for": "60s"}},
        Step(inject=Inject(isolate=Isolate(targets="bob"), name="cut", for_="10 blocks")),
        Step(label="mail", send=Send(sender=2000, recipient="relay", every="6s", size="4 KiB")),
        Step(restart=Restart(targets="bob")),
        Step(wait=Wait(for_=60)),
        Step(wait=Wait(state="delivered", within="2min", messages="mail")),
    ],
    expect=[{"finality_advances": {"within": "60s"}}, Messages(labels="mail")],
)
SPACE = Space(base=SCENARIO, kinds="stop", length="300s", settle=60)


@pytest.mark.simnet(NETWORK, seed=3, start_within="10min")
def test_a_suite(network: NetworkUnderTest) -> None:
    with network.inject(Stop(targets="alice"), "down", for_="60s") as down:
        label: str = network.send(2000, "relay", every="6s", size="4 KiB", count=3)
        network.wait("10 blocks")
        network.wait(6)
        assert down.observe().holds
    network.heal("down")
    network.heal("all")
    network.wait_for("delivered", within="2min", messages=label)
    assert network.expect(CHECKS[0]).status is Status.HELD
    network.expect({"messages": {"labels": label}})
    error: str | None = network.submit("System.remark", {"remark": "0x00"}, chain=2000, within="60s")
    assert error is None
    height = network.wait_until(lambda evidence: evidence.best["bob"][-1].height, within="1min", what="a block")
    assert height > 0
    network.start("eve")
    network.onboard(2002, within="90s")
    chain = network.chain(2000)
    free: int = chain.query("System.Account", "//Bob").data.free
    assert chain.constant("Balances.ExistentialDeposit", at="best") < free
    paid = chain.call("Balances.transfer_keep_alive", {"dest": "//Bob", "value": 10**12}, as_="//Alice", within="2min")
    fee: int | None = paid.fee
    rows = chain.events("Balances.Transfer", where={"to": "//Bob", "amount": lambda amount: amount > 0}, since=30)
    assert [row.height for row in rows] == [paid.block.height] and fee
    keys = [entry.key for entry in chain.entries("System.Account", at=paid.block.hash)]
    assert keys and network.chain("relay").api("ParachainHost", "validators", at=3)
    richer: int = chain.wait_for(lambda chain: int(chain.query("System.Account", "//Bob").data.free), within="60s")
    assert richer and not network.evidence.chain("2000").events("Balances.Transfer", where=lambda row: row.height > 9)
    network.rotate_keys("bob", in_force=True, within="10min")


def runs() -> Outcome:
    options = Options(out="runs", start_within="10min", say=print)
    outcome = rehearse(load_scenario("two-down.yaml"), provider_named("simulated"), options)
    again = judge_folder("runs/x", expectations=Path("other.yaml"))
    assert outcome.verdict.exit_code == again.verdict.exit_code
    replay(read_bundle("campaign/corpus/x"), provider_named("docker"), options)
    assert_held(run_trial(SCENARIO), "failing")
    return outcome


def reads() -> None:
    """What a field holds is what it always was."""
    fault, check = Degrade(source="alice", target="bob", delay="1s"), FinalityStalls(grace="12s", nodes="alice")
    source: tuple[str, ...] = fault.source
    seconds: float = fault.delay + check.grace
    nodes: tuple[str, ...] = check.nodes
    kinds: tuple[str, ...] = SPACE.kinds
    print(source, seconds, nodes, kinds)


def wrong(network: NetworkUnderTest) -> None:
    Stop(targets=3)  # type: ignore[arg-type]
    Stop(target="alice")  # type: ignore[call-arg]
    Stop()  # type: ignore[call-arg]
    Stop("alice")  # type: ignore[call-arg]
    Partition(groups=3)  # type: ignore[arg-type]
    Byzantine(targets="alice", acts="stal")  # type: ignore[arg-type]
    FinalityStalls(grace=None)  # type: ignore[arg-type]
    Messages(lables="mail")  # type: ignore[call-arg]
    Scenario(name="x", stepps=[])  # type: ignore[call-arg]
    network.send(2000)  # type: ignore[call-arg]
    network.wait(None)  # type: ignore[arg-type]
    network.wait_for("finalising")  # type: ignore[arg-type]
