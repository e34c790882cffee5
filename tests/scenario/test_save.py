"""What is saved loads back as the same scenario."""

from __future__ import annotations

import tempfile
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.checks import FinalityAdvances, FinalityLag, FinalityStalls
from simnet.errors import InputError
from simnet.faults import (
    Degrade,
    Fault,
    Isolate,
    Kill,
    OneWayCut,
    Outage,
    Partition,
    Pause,
    Restart,
    Restore,
    Snapshot,
    Stop,
    Wipe,
)
from simnet.fields import NAME
from simnet.scenario.loader import load_scenario
from simnet.scenario.network_spec import (
    LEAST_MEMORY,
    MOST_PIDS,
    ChannelSpec,
    NetworkSpec,
    NodeSpec,
    ParachainSpec,
    RelaySpec,
    Resources,
)
from simnet.scenario.roll import Roll
from simnet.scenario.save import save_scenario, to_data
from simnet.scenario.scenario import Scenario
from simnet.scenario.state_steps import Behalf, SetStorage, Submit, WrittenEntry
from simnet.scenario.steps import Change, Inject, RotateKeys, Send, Step, Upgrade, Wait, WindowSpec
from simnet.scenario.xcm_steps import ClaimAssets, DryRun, Fees, ProgramWeight, Transfer, Xcm
from simnet.units import Moment, Span, parse_share

HERE = Path(__file__).parent
NODES = ("alice", "bob", "charlie", "dave")
CHAINS = ("relay", "2000", "2001")
ONBOARDED = "2002"
BEHALVES = (Behalf(account="bob"), Behalf(origin={"Origins": "Root"}), Behalf(scheduler=3))


def load_text(text: str) -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "saved.yaml"
        file.write_text(text, encoding="utf-8")
        return load_scenario(file)


@pytest.mark.parametrize("file", [HERE.parents[1] / "scenarios" / "quickstart.yaml", HERE / "data" / "rich.yaml"])
def test_a_loaded_scenario_saves_and_loads(file: Path) -> None:
    scenario = load_scenario(file)
    saved = save_scenario(scenario)
    assert load_text(saved) == scenario
    assert save_scenario(load_text(saved)) == saved


seconds = st.floats(0, 1e7, allow_subnormal=False)
shares = st.integers(0, 10_000).map(lambda n: parse_share(f"{n / 100} %"))
names = st.sampled_from(NODES)
running = st.one_of(
    names.map(lambda name: (name,)),
    st.lists(names, min_size=1, max_size=3, unique=True).map(tuple),
    st.just(("parachain:2000", "bob")),
)
"""Nodes that run from the beginning."""

targets = running | st.sampled_from([("all",), ("validators",)])
spans = st.one_of(
    st.builds(Span, seconds=seconds),
    st.builds(Span, blocks=st.integers(0, 10**9)),
)
moments = st.builds(Moment, span=spans, session=st.none() | st.integers(0, 10**6))
texts = st.text(max_size=12)
names = st.from_regex(NAME, fullmatch=True)
arguments = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
variables = st.from_regex("[A-Za-z_][A-Za-z0-9_]{0,11}", fullmatch=True)
degradations = st.builds(
    Degrade,
    source=st.just(("alice",)),
    target=st.just(("bob", "charlie")),
    delay=st.floats(0.2, 5),
    jitter=st.floats(0, 0.2),
    loss=shares,
    reorder=shares,
    rate=st.none() | st.floats(1, 1e11),
    both_ways=st.booleans(),
)
downs = st.one_of(
    *(st.builds(kind, targets=targets) for kind in (Stop, Kill, Pause)),
    st.just(Outage(region="default")),
)
links = st.one_of(
    st.builds(Isolate, targets=targets),
    st.just(Partition(groups=(("alice", "bob"), ("charlie",)))),
    st.just(OneWayCut(source=("alice",), target=("bob",))),
    degradations,
)


@st.composite
def cycles(draw: st.DrawFn, verb: str, kept: list[tuple[str, ...]]) -> Fault:
    """A fault that takes nodes down and up again; ``kept`` has the targets of earlier snapshots."""
    if verb == "restart":
        return Restart(
            targets=draw(running), down_for=draw(seconds), kill=draw(st.booleans()), flags=("--x", draw(texts))
        )
    if verb == "restore":
        return Restore(targets=draw(st.sampled_from(kept)))
    chosen = draw(running)
    if verb == "snapshot":
        kept.append(chosen)
        return Snapshot(targets=chosen)
    return Wipe(targets=chosen)


upgrades = st.builds(
    Upgrade,
    chain=st.sampled_from(CHAINS),
    runtime=st.sampled_from(["penpal", "/codes/next.wasm"]),
    path=st.sampled_from(["authorized", "without_checks", "sudo", "scheduled"]),
    within=seconds.filter(bool),
)
rolls = st.builds(
    Roll,
    targets=running,
    image=st.just("parity/polkadot:v1.25.1"),
    by=st.sampled_from(["node", "region", "all"]),
    state=st.none() | st.just("in_sync"),
    within=seconds.filter(bool),
)
rotations = st.builds(
    RotateKeys,
    node=st.just("alice"),
    owner=st.none() | st.just("bob"),
    in_force=st.booleans(),
    within=seconds,
)


amounts = st.integers(1, 2**128 - 1) | st.sampled_from(["1.5 WND", "2 UNIT", "7"])
assets = st.sampled_from(["native", {"parents": 1, "interior": "Here"}, {"pallet": "Assets", "id": 1984}])
signers = st.sampled_from([None, "//Alice", "//Bob//stash"])
pairs = st.permutations(CHAINS)
endings = st.sampled_from(["success", "failure"])


def transfer(ends: list[str], **more: Any) -> Transfer:
    over = more.pop("over")
    return Transfer(sender=ends[0], recipient=ends[1], reserve=ends[2] if over else None, **more)


transfers = st.builds(
    transfer,
    pairs,
    over=st.booleans(),
    amount=amounts,
    asset=assets,
    signer=signers,
    beneficiary=st.sampled_from([None, "//Bob", "para:2000", {"parents": 0, "interior": "Here"}]),
    fees=st.none() | st.builds(Fees, asset=assets, amount=amounts),
    expect=endings,
    within=seconds,
)
programs = st.lists(st.sampled_from(["ClearOrigin", {"Trap": 7}, {"WithdrawAsset": [1, None]}]), min_size=1, max_size=3)
sent = st.builds(
    lambda ends, **more: Xcm(chain=ends[0], to=ends[1], **more),
    pairs,
    program=programs,
    version=st.sampled_from([None, 3, 4, 5]),
    signer=signers,
    sudo=st.booleans(),
    expect=endings,
    within=seconds,
)
executed = st.builds(
    Xcm,
    chain=st.sampled_from(CHAINS),
    program=programs,
    weight=st.none() | st.builds(ProgramWeight, ref_time=st.integers(0, 10**12), proof_size=st.integers(0, 10**6)),
)
of_assets: dict[str, st.SearchStrategy[Any]] = {
    "transfer": transfers,
    "xcm": sent | executed,
    "dry_run": st.builds(DryRun, transfer=transfers, expect=st.none() | endings)
    | st.builds(DryRun, xcm=sent)
    | st.builds(DryRun, chain=st.sampled_from(CHAINS), call=st.just("System.remark"), signer=signers),
    "claim": st.builds(
        ClaimAssets,
        chain=st.sampled_from(CHAINS),
        trap=st.sampled_from(["latest", "0x" + "11" * 32]),
        beneficiary=st.sampled_from(["//Bob", {"parents": 0, "interior": "Here"}]),
        signer=signers,
        within=seconds,
    ),
}


@st.composite
def submits(draw: st.DrawFn) -> Submit:
    values = st.none() | st.booleans() | st.integers() | texts | st.lists(texts, max_size=2)
    signer = draw(st.sampled_from([None, "//Alice", "//Bob//stash", "bob", "root", *BEHALVES]))
    one = {"call": "System.remark", "args": draw(st.dictionaries(texts, values, max_size=3))}
    return Submit(
        chain=draw(st.sampled_from(CHAINS)),
        **draw(st.sampled_from([one, {"calls": [one, one], "batch": "force"}])),
        signer=signer,
        sudo=draw(st.booleans()) and signer not in ("root", *BEHALVES),
        within=draw(seconds),
    )


changes: dict[str, st.SearchStrategy[Any]] = {
    "submit": submits(),
    "set_storage": st.builds(
        SetStorage,
        chain=st.sampled_from(CHAINS),
        items=st.tuples(
            st.builds(WrittenEntry, item=st.just("System.Number"), value=st.none() | texts | st.integers()),
            st.builds(WrittenEntry, key=st.just("0x12"), value=st.none()),
        ),
        within=seconds,
    ),
}


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    out: list[Step] = []
    injected: list[str] = []
    kept: list[tuple[str, ...]] = []
    for index in range(draw(st.integers(0, 6))):
        common: dict[str, Any] = {
            "at": draw(st.none() | moments),
            "label": draw(st.none() | st.just(f"step {index}: x")),
        }
        verb = draw(st.sampled_from(Step.VERBS))
        if verb in ("change", "heal") and not injected:
            verb = "inject"
        if verb in ("start", "onboard") and any(getattr(step, verb) for step in out):
            verb = "heal" if injected else "inject"
        if verb == "restore" and not kept:
            verb = "snapshot"
        if verb == "inject":
            down = draw(st.booleans())  # with an end, so that a later restart is no contradiction
            fault = draw(downs if down else links)
            injected.append(draw(st.just(f"fault-{index}")))
            length = draw(st.builds(Span, blocks=st.integers(0, 10**9)) if down else st.none() | spans)
            act: Any = Inject(**{fault.kind: fault, "name": injected[-1], "for_": length})
        elif verb == "change":
            fault = draw(links)
            act = Change(**{fault.kind: fault, "name": draw(st.sampled_from(injected))})
        elif verb == "heal":
            act = draw(st.sampled_from([("all",), tuple(injected)]))
        elif verb == "send":
            sender, recipient = draw(st.permutations(CHAINS))[:2]
            act = Send(
                sender=sender,
                recipient=recipient,
                count=draw(st.integers(1, 9)),
                every=draw(seconds),
                size=draw(st.integers(1, 2**40)),
            )
        elif verb == "wait":
            act = draw(
                st.one_of(
                    st.builds(Wait, for_=spans),
                    st.builds(Wait, until=moments),
                    st.builds(Wait, state=st.sampled_from(["ready", "stalled"]), within=seconds, nodes=targets),
                )
            )
        elif verb in ("restart", "wipe", "snapshot", "restore"):
            act = draw(cycles(verb, kept))
        else:
            others = {"onboard": st.just(ONBOARDED), "start": st.just(("node",)), "rotate_keys": rotations}
            act = draw({**others, **changes, **of_assets, "upgrade": upgrades, "roll": rolls}[verb])
        out.append(Step(**common, **{verb: act}))
    return out


nodes = st.builds(
    NodeSpec,
    name=st.just("node"),
    flags=st.lists(arguments, max_size=2).map(tuple),
    region=names,
    env=st.dictionaries(variables, arguments, max_size=2),
    command=st.none() | st.just(("sh", "-c", "sleep 1")),
    resources=st.builds(
        Resources,
        memory=st.none() | st.integers(LEAST_MEMORY, 2**45),
        cpus=st.none() | st.floats(0.01, 64),
        pids=st.none() | st.integers(1, MOST_PIDS),
    ),
    joins_late=st.just(True),
)
networks = st.builds(
    NetworkSpec,
    relay=st.builds(RelaySpec, validators=st.just(4), nodes=nodes.map(lambda node: (node,))),
    parachains=st.just(
        (
            ParachainSpec(id=2000),
            ParachainSpec(id=2001, collators=2, genesis={"a": [1, {"b": None}]}),
            ParachainSpec(id=2002, registered=False),
        )
    ),
    channels=st.sampled_from(["all", "none", (ChannelSpec(sender=2000, recipient=2001, max_message_size=1000),)]),
    links=st.lists(degradations, max_size=1).map(tuple),
)
checks = st.one_of(
    st.builds(FinalityStalls, grace=seconds, nodes=targets),
    st.builds(FinalityAdvances, within=st.floats(0.001, 1e6), blocks=st.integers(1, 99), during=st.just("run")),
    st.builds(FinalityLag, at_most=st.integers(0, 99)),
)
windows = st.builds(WindowSpec, at=moments, for_=spans, partition=st.just(Partition(groups=(("alice",), ("bob",)))))
scenarios = st.builds(
    lambda steps, expect, **rest: Scenario(name="built", steps=steps, expect=expect, **rest),
    description=st.text(),
    tags=st.lists(names, max_size=2).map(tuple),
    seed=st.integers(0, 2**64),
    network=networks,
    steps=steps(),
    schedule=st.lists(windows, max_size=2).map(tuple),
    expect=st.lists(checks, max_size=2),
)


@settings(max_examples=40, deadline=None)
@given(scenarios)
def test_a_scenario_built_in_python_saves_and_loads(scenario: Scenario) -> None:
    assert load_text(save_scenario(scenario)) == scenario


def test_values_are_written_with_units_and_aliases() -> None:
    fault = Degrade(source=("alice",), target=("bob", "dave"), delay=0.08, loss=0.02, rate=5e6)
    assert to_data(fault) == {
        "from": "alice",
        "to": ["bob", "dave"],
        "delay": "80ms",
        "loss": "2 %",
        "rate": "5 Mbit/s",
    }
    assert to_data(Moment(span=Span(blocks=3), session=0)) == "session + 3 blocks"
    assert to_data(Moment(span=Span(seconds=1234567.5), session=4)) == "session 4 + 1234567.5s"
    assert to_data(Partition(groups=(("alice", "bob"), ("dave",)))) == {"groups": [["alice", "bob"], "dave"]}


def test_what_a_file_cannot_hold_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be written to a file"):
        to_data(Restart(targets=("alice",), down_for=inf))
    with pytest.raises(InputError, match="cannot be written to a file"):
        to_data({"args": object()})


def test_acts_of_byzantine_nodes_are_no_selectors() -> None:
    steps = [{"inject": {"byzantine": {"targets": "alice", "acts": ["back_invalid", "approve_invalid"]}, "for": "60s"}}]
    scenario = Scenario.model_validate({"name": "acts", "steps": steps})
    assert load_text(save_scenario(scenario)) == scenario


def test_the_order_of_tokens_stays_since_the_first_is_the_native_one() -> None:
    network = NetworkSpec(relay=RelaySpec(tokens={"ZZZ": 12, "AAA": 6}))
    saved = load_text(save_scenario(Scenario(name="tokens", network=network)))
    assert saved.topology.relay.tokens == (("ZZZ", 12), ("AAA", 6))


def test_files_whose_bytes_are_arguments_are_found_from_the_saved_scenario(tmp_path: Path) -> None:
    nested = "{calls: [{Balances: {x: {y: '@files/two.bin'}}}, '@at all']}"
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "name: files\n"
        "description: '@nobody'\n"
        "steps:\n"
        "- submit: {call: System.remark, args: {remark: '@one.bin'}}\n"
        f"- submit: {{call: Utility.batch, args: {nested}}}\n"
    )
    scenario = load_scenario(file)
    first, second = (step.submit.args for step in scenario.steps if step.submit is not None)
    assert first == {"remark": f"@{tmp_path}/one.bin"}
    assert second["calls"] == [{"Balances": {"x": {"y": f"@{tmp_path}/files/two.bin"}}}, f"@{tmp_path}/at all"]
    assert scenario.description == "@nobody"
    assert load_text(save_scenario(scenario)) == scenario
