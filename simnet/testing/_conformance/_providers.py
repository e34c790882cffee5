"""What every provider keeps to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from simnet.checks.verdict import judge
from simnet.faults import Degrade, Fault, Isolate, Kill, Partition, Pause, Restart, Restore, Snapshot, Stop, Wipe
from simnet.journal import Kind, read_evidence
from simnet.journal.records import Reading
from simnet.providers.base import Provider
from simnet.providers.network import Network
from simnet.rehearsal import Options, Run, launch, plan_of
from simnet.run_file import JOURNAL_FILE
from simnet.scenario import NetworkSpec, Scenario
from simnet.scratch import scratch_folder
from simnet.testing._conformance._stage import TWO_REGIONS

_FIRST, _OTHER = ("alice",), ("dave",)

FAULTS: tuple[Fault, ...] = (
    Stop(targets=_FIRST),
    Kill(targets=_FIRST),
    Pause(targets=_FIRST),
    Isolate(targets=_FIRST),
    Partition(groups=(_FIRST, _OTHER)),
    Degrade(source=_FIRST, target=_OTHER, delay=0.1),
    Restart(targets=_FIRST, down_for=5.0),
    Restart(targets=_FIRST, kill=True),
    Wipe(targets=_FIRST),
    Snapshot(targets=_FIRST),
)
"""What is tried of a provider, as far as it says that it can."""


class ProviderConformance(ABC):
    """Rules for providers. A subclass for pytest makes one.

    ::

        class TestRunbook(ProviderConformance):
            def provider(self) -> Provider:
                return RunbookProvider()

    ``network`` has validators alice and dave. Each rule launches one network at most.
    """

    network: ClassVar[NetworkSpec] = TWO_REGIONS

    @abstractmethod
    def provider(self) -> Provider:
        """A new provider."""

    def test_it_says_what_it_can_without_doing_anything(self) -> None:
        provider = self.provider()
        plan = plan_of(self._scenario())
        first = list(provider.capabilities()), provider.plan(plan), provider.ignored(plan)
        assert first[0], f"{provider.name} says nothing of what it can do"
        assert all(one.name and one.how for one in first[0]), (
            f"{provider.name} can what it has no words for: {first[0]}"
        )
        again = list(provider.capabilities()), provider.plan(plan), provider.ignored(plan)
        assert again == first, f"{provider.name} says something else when it is asked again"
        assert not first[1], f"{provider.name} cannot run the network of its own tests: {first[1]}"

    def test_a_network_reaches_its_barrier_with_every_node_ready(self) -> None:
        with self._launched() as network:
            kinds = [record.kind for record in network.evidence.records]
            assert Kind.NETWORK in kinds, "no record says what the network consists of"
            first = next(one for one in kinds if one not in (Kind.RUN_STARTED, Kind.PHASE))
            assert first is Kind.NETWORK, f"a {first.value} record comes before the one of the network"
            ready = {record.observer for record in network.evidence.of_kind[Kind.NODE_READY]}
            missing = [node.name for node in network.topology.nodes if node.name not in ready]
            assert not missing, f"{', '.join(missing)} never became ready"
            assert network.evidence.t0 is not None, "no barrier was journaled"

    def test_time_passes_and_chains_grow(self) -> None:
        with self._launched() as network:
            before = network.now()
            network.wait(60)
            assert network.now() >= before + 60, f"a wait of 60 s took {network.now() - before:g} s"
            stand = [
                node.name
                for node in network.topology.validators
                if not any(head.t > before for head in network.evidence.finalized[node.name])
            ]
            assert not stand, f"{', '.join(stand)} finalized nothing in a minute"

    def test_each_fault_that_it_does_not_refuse_takes_hold_and_heals(self) -> None:
        with self._launched() as network:
            for number, fault in enumerate(FAULTS):
                if self._refused(fault):
                    continue
                before = network.state()
                injection = network.inject(fault, f"fault-{number}")
                self._holds(fault, injection.observe().readings)
                network.wait(30)
                injection.heal()
                self._holds(fault, injection.observe().readings)
                assert network.state() == before, f"{fault} left something behind"
                network.wait(60)

    def test_a_copied_database_can_be_put_back(self) -> None:
        copying, putting_back = Snapshot(targets=_FIRST), Restore(targets=_FIRST)
        with self._launched() as network:
            if self._refused(copying) or self._refused(putting_back):
                return
            network.inject(copying)
            network.wait(60)
            self._holds(putting_back, network.inject(putting_back).observe().readings)

    def test_what_one_fault_holds_another_one_does_not_heal(self) -> None:
        apart, alone = Partition(groups=(_FIRST, _OTHER)), Isolate(targets=_FIRST)
        with self._launched() as network:
            if self._refused(apart) or self._refused(alone):
                return
            first, second = network.inject(apart, "apart"), network.inject(alone, "alone")
            first.heal()
            self._holds(alone, second.observe().readings)
            second.heal()
            self._holds(alone, second.observe().readings)

    def test_what_is_read_back_of_a_process_is_looked_at(self) -> None:
        """A fault of processes is measured by a reading of each."""
        both = Stop(targets=(*_FIRST, *_OTHER))
        with self._launched() as network:
            if self._refused(both):
                return
            readings = network.inject(both).observe().readings
            assert len(readings) >= 2, f"of two processes this was read back: {readings}"

    def test_closing_twice_does_nothing_more(self) -> None:
        with self._launched() as network:
            network.close()
            count = len(network.evidence.records)
            network.close()
            assert len(network.evidence.records) == count, "closing once more was journaled"

    def test_a_stored_run_is_judged_as_the_live_one(self) -> None:
        with scratch_folder("rules") as folder:
            network, run = self._run(Path(folder))
            with network:
                with network.inject(Stop(targets=_FIRST), "down"):
                    network.wait(60)
                network.wait(60)
                network.settle()
                live = judge(network.evidence, ())
                network.close()
            run.journal.close()
            stored = judge(read_evidence(run.folder), ())
            assert [one.status for one in stored.findings] == [one.status for one in live.findings], (
                "the journal does not tell what the live network showed"
            )

    def test_where_time_is_virtual_a_seed_gives_the_same_journal(self) -> None:
        if self.provider().epoch is None:
            return
        first, second = self._journal(), self._journal()
        differing = [number for number, (a, b) in enumerate(zip(first, second, strict=False), 2) if a != b]
        assert not differing, f"two runs of one seed differ from line {differing[0]} of their journals on"
        assert len(first) == len(second), f"of two runs of one seed one has {len(first)} records, one {len(second)}"

    def _journal(self) -> list[bytes]:
        """Lines of a run's journal but the first, which has versions."""
        with scratch_folder("rules") as folder:
            network, run = self._run(Path(folder))
            with network:
                with network.inject(Stop(targets=_FIRST)):
                    network.wait(30)
                network.wait(60)
            run.journal.close()
            return (run.folder / JOURNAL_FILE).read_bytes().splitlines()[1:]

    @contextmanager
    def _launched(self) -> Iterator[Network]:
        """A network at its barrier, closed at the end."""
        with scratch_folder("rules") as folder:
            network, run = self._run(Path(folder))
            try:
                with network:
                    yield network
            finally:
                run.journal.close()

    def _run(self, folder: Path) -> tuple[Network, Run]:
        scenario, provider = self._scenario(), self.provider()
        run = Run(scenario, provider, folder)
        return launch(run, plan_of(scenario), provider, Options(out=folder)), run

    def _scenario(self) -> Scenario:
        return Scenario(name="conformance", seed=1, network=self.network)

    def _refused(self, fault: Fault) -> bool:
        """Whether the provider says that it cannot do a fault here, and why."""
        plan = replace(plan_of(self._scenario()), faults=(fault,))
        refused = self.provider().plan(plan)
        assert all(one.what and one.why for one in refused), f"{fault} is refused without a reason: {refused}"
        return bool(refused)

    def _holds(self, fault: Fault, readings: Sequence[Reading]) -> None:
        assert readings, f"nothing was read back of {fault}"
        wrong = [f"{one.what}: asked {one.asked}, seen {one.seen}" for one in readings if not one.holds]
        assert not wrong, f"{fault} is read back otherwise: {'; '.join(wrong)}"
