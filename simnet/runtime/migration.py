"""What new code does to a state, found by running it there: migrations in one block, steps of longer ones, and the
checks of a build with the feature ``try-runtime``.

frame-executive 49 runs migrations before anything else of a block, if ``System.LastRuntimeUpgrade`` has a lower version
than the code or another name, and counts their weight together with the base of every block
(``initialize_block_impl``). A step of a longer migration comes after the inherents (``inherents_applied``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any, NamedTuple

from simnet.chain.calls import Calls
from simnet.chain.metadata import Metadata
from simnet.codec import compact, read_bytes, read_compact, storage_prefix, vec_bytes
from simnet.errors import RuntimeTrap, SimnetError
from simnet.journal.records import Separation
from simnet.runtime.host import State, embedded_version

LAST_UPGRADE = storage_prefix("System", "LastRuntimeUpgrade")
"""Version and name of the code whose migrations ran last (frame-system 49)."""

_BOOKKEEPING = (
    *(storage_prefix("System", item) for item in ("Events", "EventCount", "EventTopics", "BlockWeight", "BlockSize")),
    *(storage_prefix("System", item) for item in ("ExtrinsicData", "ExtrinsicCount", "InherentsApplied")),
    storage_prefix("System", "ExecutionPhase"),
    b":extrinsic_index",
    b":intrablock_entropy",
)
"""What each block writes anew of itself."""

_ALL_CHECKS = b"\x01"
"""``UpgradeCheckSelect::All`` (frame-support 49 traits/try_runtime): before and after each migration, and of the state
of all pallets."""

TRY_FUNCTION = "TryRuntime_on_runtime_upgrade"
"""What a build with the feature ``try-runtime`` has besides (frame-try-runtime 0.55)."""

_ONLY_INHERENTS = b"\1"
"""``ExtrinsicInclusionMode`` (sp-runtime 49) of a block while a migration takes several blocks; runtimes from before
that was there answer nothing."""

_NO_LIMIT = 1 << 63
"""From here on a limit of proof size is none: relay chains have the greatest u64."""


class RemadeError(SimnetError):
    """The runtime does not do on the state what it did in the block, so that nothing of it can be told apart."""


@dataclass(frozen=True)
class CountedWeight:
    """Picoseconds of reference hardware, and bytes of proof."""

    ref_time: int
    proof_size: int

    def __sub__(self, other: CountedWeight) -> CountedWeight:
        return CountedWeight(self.ref_time - other.ref_time, self.proof_size - other.proof_size)


Changes = Mapping[bytes, tuple[bytes | None, bytes | None]]
"""Values before and after by key; None where there is none."""


@dataclass(frozen=True)
class MigrationEffect:
    """What one migration, or one step, did: its own weight, and what it changed."""

    weight: CountedWeight
    separated: Separation
    changes: Changes
    seconds: float
    """What it took on this machine, less what the same takes without it where that is known."""


@dataclass(frozen=True)
class CheckOutcome:
    """How the checks of a build ended: ``error`` is None where all passed."""

    error: str | None
    weight: CountedWeight | None = None


class _Initialized(NamedTuple):
    """The state of an initialized block, what the runtime answers, and how long it took."""

    state: State
    answer: bytes
    seconds: float


class BlockRun:
    """A block that is made again on its parent's state, up to where migrations are over.

    Raises :class:`~simnet.errors.RuntimeTrap`, :class:`~simnet.errors.HostError` or :class:`RemadeError` where that
    cannot be done.
    """

    def __init__(self, before: State, metadata: Metadata, header: bytes, body: Sequence[bytes]) -> None:
        self._before = before
        self._runtime = before.runtime()
        self._metadata = metadata
        self._header = header
        self._body = body

    @property
    def upgrades(self) -> bool:
        """Whether migrations run as the block is initialized (frame-system 49 LastRuntimeUpgradeInfo)."""
        stored = self._metadata.decode_storage("System", "LastRuntimeUpgrade", self._before.get(LAST_UPGRADE))
        version = self._runtime.version
        if stored is None:
            return True
        return version.spec_version > int(stored["spec_version"]) or version.spec_name != stored["spec_name"]

    def is_version_of(self, build: bytes) -> bool:
        """Whether a build carries the name and the version of the code that makes the block."""
        other, own = embedded_version(build), self._runtime.version
        return other is not None and (other.spec_name, other.spec_version) == (own.spec_name, own.spec_version)

    def upgrade(self) -> MigrationEffect:
        """What the migrations did that ran as the block was initialized."""
        after = dict(self.initialized.items())
        try:
            without = self._initialize({LAST_UPGRADE: self._told})
            changes = differences(dict(without.state.items()), after)
            again = self._initialize({LAST_UPGRADE: self._told, **{key: new for key, (_, new) in changes.items()}})
        except RuntimeTrap:  # the new code cannot read the state as it was
            return self._not_separated(after)
        if differences(dict(again.state.items()), after):
            return self._not_separated(after)
        before = dict(self._before.items())
        own = {key: (before.get(key), new) for key, (_, new) in changes.items()}
        weight = self.weight(self.initialized) - self.weight(again.state)
        return MigrationEffect(weight, "difference", own, max(0.0, self._begun.seconds - again.seconds))

    def step(self) -> MigrationEffect:
        """What the step did that came after the block's inherents."""
        execution = self.initialized.execute()
        for extrinsic in self._body:
            answer = execution.call(self._runtime, "BlockBuilder_apply_extrinsic", extrinsic)
            if answer[:1] != b"\0":
                raise RemadeError(f"an inherent is refused when the block is made again: 0x{answer.hex()}")
        before = execution.finish()
        nothing, execution = self._nothing(), before.execute()
        began = perf_counter()
        if execution.call(self._runtime, "BlockBuilder_apply_extrinsic", nothing)[:1] != b"\1":
            raise RemadeError("the runtime takes an extrinsic that nobody signed")
        took = perf_counter() - began
        after = execution.finish()
        changes = differences(dict(before.items()), dict(after.items()))
        return MigrationEffect(self.weight(after) - self.weight(before), "step", changes, took)

    def whole(self) -> tuple[State, bytes]:
        """The state after all of the block, and its compact storage proof."""
        execution = self._before.execute(record=True)
        execution.call(self._runtime, "Core_initialize_block", self._header)
        for extrinsic in self._body:
            execution.call(self._runtime, "BlockBuilder_apply_extrinsic", extrinsic)
        execution.call(self._runtime, "BlockBuilder_finalize_block")
        return execution.finish(), execution.proof()

    def tried(self, build: bytes) -> CheckOutcome:
        """Runs the checks of a build, as it is stored, with it as the code of the state before, as try-runtime-cli
        does.

        Raises :class:`~simnet.errors.HostError` for a build that has none.
        """
        execution = self._before.execute()
        execution.set(b":code", build)
        state = execution.finish()
        try:
            answer = state.call(state.runtime(), TRY_FUNCTION, _ALL_CHECKS)
        except RuntimeTrap as trap:
            return CheckOutcome(trap.cause)
        ref_time, offset = read_compact(answer, 0)
        return CheckOutcome(None, CountedWeight(ref_time, read_compact(answer, offset)[0]))

    def weight(self, state: State) -> CountedWeight:
        """What the block has used so far by its state."""
        return used_weight(self._metadata, state.get(storage_prefix("System", "BlockWeight")))

    @property
    def steps(self) -> bool:
        """Whether a migration of several blocks takes a step in the block, which then has inherents alone."""
        return self._begun.answer == _ONLY_INHERENTS

    @property
    def initialized(self) -> State:
        """The state when the block is initialized, with what migrated."""
        return self._begun.state

    @cached_property
    def _begun(self) -> _Initialized:
        return self._initialize({})

    @property
    def _told(self) -> bytes:
        version = self._runtime.version
        return compact(version.spec_version) + vec_bytes(version.spec_name.encode())

    def _initialize(self, changed: Mapping[bytes, bytes | None]) -> _Initialized:
        """The block as it is initialized after some changes."""
        execution = self._before.execute()
        for key, value in changed.items():
            execution.set(key, value)
        began = perf_counter()
        answer = execution.call(self._runtime, "Core_initialize_block", self._header)
        took = perf_counter() - began
        return _Initialized(execution.finish(), answer, took)

    def _not_separated(self, after: Mapping[bytes, bytes]) -> MigrationEffect:
        base = _weight_of(self._metadata.constant("System", "BlockWeights")["base_block"])
        found = differences(dict(self._before.items()), after)
        changes = {key: values for key, values in found.items() if key != LAST_UPGRADE}
        return MigrationEffect(self.weight(self.initialized) - base, "initialization", changes, self._begun.seconds)

    def _nothing(self) -> bytes:
        """A remark that nobody signed: the runtime goes on to the step when it comes, and then refuses it."""
        if not self._body:
            raise RemadeError("the block has no inherent")
        form = read_bytes(self._body[0], 0)[0][:1]
        return vec_bytes(form + Calls(self._metadata).compose("System.remark", {"remark": b""}))


def used_weight(metadata: Metadata, raw: bytes | None) -> CountedWeight:
    """What ``System.BlockWeight`` holds, of all classes together."""
    by_class = metadata.decode_storage("System", "BlockWeight", raw)
    weights = [_weight_of(one) for one in by_class.values()]
    return CountedWeight(sum(one.ref_time for one in weights), sum(one.proof_size for one in weights))


def weight_limit(metadata: Metadata) -> tuple[int | None, int | None]:
    """Reference time and proof size of a whole block at most; None where there is no limit."""
    most = _weight_of(metadata.constant("System", "BlockWeights")["max_block"])
    limits = (one if one < _NO_LIMIT else None for one in (most.ref_time, most.proof_size))
    return next(limits), next(limits)


def _weight_of(value: Any) -> CountedWeight:
    if not isinstance(value, Mapping):
        raise RemadeError("the runtime counts weights without a proof size")
    return CountedWeight(int(value["ref_time"]), int(value["proof_size"]))


def differences(before: Mapping[bytes, bytes], after: Mapping[bytes, bytes]) -> Changes:
    """What differs by key, but for what blocks write anew of themselves."""
    return {
        key: (before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key) and not key.startswith(_BOOKKEEPING)
    }
