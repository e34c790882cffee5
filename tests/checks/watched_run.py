"""A held run of a small simulated network, with what real nodes would add to its journal, for tests of what is missing
from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from simnet.checks import (
    Balance,
    BlocksAdvance,
    BlocksAuthored,
    Cadence,
    CandidatesTimedOut,
    ChannelFilled,
    Check,
    Disabled,
    Disputes,
    Events,
    FinalityAdvances,
    FinalityLag,
    FinalityStalls,
    Forks,
    LogLines,
    Messages,
    MetricValue,
    Migration,
    NodeVersions,
    NoShows,
    Offences,
    OneChain,
    ParachainIncluded,
    Peers,
    Points,
    PvfVotes,
    Reorganisations,
    RuntimeApi,
    Sessions,
    Storage,
    Upgraded,
)
from simnet.journal import NO_SHOW_METRIC, Evidence, Gap, Reader, Record
from simnet.journal.records import (
    BlockSeen,
    CodeRead,
    LogMatch,
    MetricSample,
    Migrated,
    NodeReady,
    PvfVote,
    RuntimeEvent,
    UpgradeAsked,
)
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, rehearse
from simnet.scenario.loader import load_scenario

SCENARIO = """
name: watched
network:
  relay:
    runtime: westend
    validators:
      - {name: alice, region: eu}
      - {name: bob, region: eu}
      - {name: charlie, region: us}
      - {name: dave, region: us}
  parachains:
    - {id: 2000, runtime: penpal, collators: [{name: anna, region: eu}, {name: ben, region: eu}]}
    - {id: 2001, runtime: penpal, collators: [{name: carl, region: us}]}
steps:
  - label: calm
    wait: {for: 60s}
  - label: mail
    send: {from: 2000, to: 2001, count: 4}
  - wait: {state: delivered, within: 180s}
  - inject: {stop: {targets: dave}, as: down}
  - wait: {for: 60s}
  - heal: down
  - inject: {partition: {groups: ["region:eu", "region:us"]}, as: cut}
  - wait: {for: 60s}
  - heal: cut
  - label: after
    wait: {for: 120s}
expect:
  - messages: {labels: mail, at_least: 4}
  - storage: {item: Sudo.Key, equals: //Alice, when: always}
  - runtime_api: {function: Core.version, field: spec_name, equals: westend, when: always}
  - balance: {account: //Bob, at_least: 1 WND}
"""

MANY = 10**6
FOUR = ("alice", "bob", "charlie", "dave")
SAID = NodeReady(version="1.25.1-0123abcd")

CHECKS: tuple[tuple[Check, tuple[str, ...]], ...] = (
    (Upgraded(during="calm", version=2), FOUR),
    (PvfVotes(para="2000", at_least=1, at_most=3), FOUR),
    (Migration(), FOUR),
    (Migration(during="calm", ref_time=0.5, blocks=1), FOUR),
    (FinalityAdvances(during="calm", within=50, blocks=3), FOUR),
    (FinalityAdvances(during="calm", within=50, chain="2000"), ("anna", "ben")),
    (FinalityAdvances(during="down", within=50), FOUR),
    (FinalityStalls(during="cut", at_least=30), FOUR),
    (FinalityLag(during="calm", at_most=20), FOUR),
    (FinalityLag(during="cut", at_most=200), FOUR),
    (BlocksAuthored(by=("dave",), during="down", at_most=0), ("dave",)),
    (BlocksAuthored(by=("validators",), during="calm", at_least=4), FOUR),
    (BlocksAuthored(by=("alice",), during="calm", at_most=MANY), ("alice",)),
    (BlocksAdvance(during="calm", at_least=3), FOUR),
    (Forks(during="calm", at_most=MANY), FOUR),
    (Forks(during="cut", at_least=0, at_most=MANY), FOUR),
    (Reorganisations(at_most=MANY), FOUR),
    (Reorganisations(max_depth=MANY, after="cut"), FOUR),
    (Reorganisations(at_least=1, after="cut"), FOUR),
    (OneChain(after="cut", within=110), FOUR),
    (Sessions(at_most=MANY), FOUR),
    (Peers(at_least=4, during="calm", always=True), (*FOUR, "anna", "ben", "carl")),
    (Peers(at_least=4, after="cut", within=100), (*FOUR, "anna", "ben", "carl")),
    (Points(nodes=("bob",), at_least=1), ("bob",)),
    (Points(at_most=MANY, each=True, during="calm"), FOUR),
    (Disabled(at_most=0), FOUR),
    (NoShows(at_most=MANY), FOUR),
    (Offences(at_most=0), FOUR),
    (Offences(at_most=0, by=("alice",), during="calm"), ("alice",)),
    (Disputes(at_most=0), FOUR),
    (ParachainIncluded(at_most=MANY), FOUR),
    (ParachainIncluded(at_most=0, backed_inside=True, during="cut"), FOUR),
    (ParachainIncluded(at_most=MANY, forks=False), FOUR),
    (Cadence(blocks=5, at_most=MANY), FOUR),
    (CandidatesTimedOut(at_most=MANY, during="calm"), FOUR),
    (Messages(labels=("mail",), at_least=4), ()),
    (ChannelFilled(sender="2000", recipient="2001", share=0.1), FOUR),
    (Events(event="Session.NewSession", at_most=MANY), FOUR),
    (Events(event="Session.NewSession", at_least=1), ()),
    (Storage(item="Sudo.Key", equals="//Alice", when="always"), FOUR),
    (RuntimeApi(function="Core.version", field="spec_name", equals="westend", when="always", during="calm"), FOUR),
    (Balance(account="//Bob", at_least="1 WND"), FOUR),
    (LogLines(pattern="panicked", at_most=0), (*FOUR, "anna", "ben", "carl")),
    (LogLines(pattern="Idle", at_least=1, nodes=("bob", "anna")), ("bob", "anna")),
    (NodeVersions(version="1.25.1", at_most=1), (*FOUR, "anna", "ben", "carl")),
    (MetricValue(name="height", at_least=0), (*FOUR, "anna", "ben", "carl")),
    (MetricValue(name="height", rate=True, at_least=0, during="calm"), (*FOUR, "anna", "ben", "carl")),
)
"""Checks that the run fulfils, each with the nodes that it judges: those whose evidence it cannot do without."""

INVARIANTS: Mapping[str, tuple[str, ...]] = {
    "every node watched": (*FOUR, "anna", "ben", "carl"),
    "no conflicting finality": (*FOUR, "anna", "ben", "carl"),
    "finality monotone": (*FOUR, "anna", "ben", "carl"),
    "no unasked crash": (*FOUR, "anna", "ben", "carl"),
    "no offence": FOUR,
}
"""Invariants by name, with the nodes that they judge. The others judge steps, faults and messages."""


@cache
def journal() -> tuple[Record, ...]:
    """The run's records, with lines, samples and releases as the readers of real nodes take them."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "watched.yaml"
        file.write_text(SCENARIO, encoding="utf-8")
        outcome = rehearse(load_scenario(file), SimulatedProvider(), Options(out=Path(folder)))
    return tuple(_sampled(outcome.evidence, _upgraded(outcome.evidence)))


def _upgraded(evidence: Evidence) -> Iterable[Record]:
    """As if the relay chain had begun with other code, and a block of the calm had brought what it runs, of which the
    block after that migrated; and as if that had asked for votes on a parachain's code and had one."""
    (calm,) = (step.data for step in evidence.steps if step.data.label == "calm")
    bringing, migrating = [one for one in evidence.canonical("relay") if calm.start < one.t < calm.end][2:4]
    asked = UpgradeAsked(code="0x" + "22" * 32, path=None, size=1)
    used, most = (10**9, 10**5), (2 * 10**12, 5 * 2**20)
    weights = dict(zip(("ref_time", "proof_size", "ref_time_limit", "proof_size_limit"), (*used, *most), strict=True))
    new = "0x" + "33" * 32
    fields = {"0": new, "1": 2000}
    asks = RuntimeEvent(pallet="Paras", name="PvfCheckStarted", fields=fields, extrinsic=None)
    for record in evidence.records:
        if record.chain == "relay" and isinstance(record.data, CodeRead):
            yield replace(record, data=replace(record.data, code="0x" + "11" * 32, spec_version=1))
            continue
        yield record
        if isinstance(record.data, BlockSeen) and record.hash == bringing.hash:
            yield replace(record, height=None, hash=None, data=asked)
            yield replace(record, data=CodeRead(code=asked.code, spec_name="westend", spec_version=2))
        if isinstance(record.data, BlockSeen) and record.hash == migrating.hash:
            yield replace(record, data=Migrated(code=asked.code, stage="upgrade", separated="difference", **weights))
            yield replace(record, data=asks)
            yield replace(record, data=PvfVote(code=new, accept=True, session=1, validator="alice"))


def _sampled(evidence: Evidence, records: Iterable[Record]) -> Iterable[Record]:
    due = dict.fromkeys(evidence.nodes(), 0.0)
    for record in records:
        yield replace(record, data=SAID) if isinstance(record.data, NodeReady) else record
        for node in due if record.t else ():
            if record.t >= due[node] and not evidence.was_down(node, record.t, record.t + 1e-6):
                due[node] = record.t + 15.0
                about = replace(record, observer=node, chain=None, height=None, hash=None)
                yield replace(about, data=LogMatch(pattern="Idle", line="Idle (6 peers)"))
                for name, value in (("height", record.t), (NO_SHOW_METRIC, 0.0)):
                    yield replace(about, data=MetricSample(name=name, labels={}, value=value))


def told(records: Iterable[Record]) -> Evidence:
    out = Evidence()
    for record in records:
        out.add(record)
    return out


def without(drop: Callable[[Record], bool]) -> Evidence:
    return told(record for record in journal() if not drop(record))


def as_real(evidence: Evidence) -> Evidence:
    """The same as of real nodes, which count no-shows in a metric."""
    evidence.run = replace(evidence.run, provider="docker")
    return evidence


def with_gap(node: str, what: Reader, start: float, end: float) -> Evidence:
    """As if that reader had read nothing of the node between two times, and said so."""
    seen = told(journal())
    seen.gaps.append(Gap(node, start, end, "it did not answer", what))
    return seen
