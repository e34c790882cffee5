"""Code that nodes run in place of a chain's own, as ``--wasm-runtime-overrides`` gives it to them.

It is that of the same name and version as the chain's (sc-service 0.63 client/wasm_override.rs, code_provider.rs).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from simnet.codec import compact
from simnet.errors import HostError, RuntimeTrap
from simnet.providers.simulated.block_writes import BlockWrites, Entries
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.runtime.host import Host, Runtime, embedded_version

NameAndVersion = tuple[str, int]
"""Name and version of a runtime."""


@dataclass(eq=False)
class RuntimeOverrides:
    """Those of all nodes."""

    runtimes: Host
    writes: BlockWrites
    _given: dict[int, dict[NameAndVersion, Runtime]] = field(init=False, default_factory=dict)
    _own: dict[ExecutedBlock, Runtime] = field(init=False, default_factory=dict)
    """What the chain itself has at blocks whose runtime is answered by an override."""
    _versions: dict[Runtime, NameAndVersion] = field(init=False, default_factory=dict)
    """Of what chains have, since reading it takes milliseconds."""
    _executed: dict[tuple[ExecutedBlock, Runtime], str | None] = field(init=False, default_factory=dict)
    """Why a block cannot be executed by a runtime that did not make it; None where it can."""

    def give(self, node: int, code: bytes) -> None:
        """The node runs that code from its next start on; raises :class:`HostError` for what is no runtime."""
        runtime = self.runtimes.runtime(code)
        self._given.setdefault(node, {})[runtime.version.spec_name, runtime.version.spec_version] = runtime

    def has(self, node: int) -> bool:
        """Whether the node was given any."""
        return node in self._given

    def started(self, node: int, blocks: Iterable[ExecutedBlock]) -> None:
        """A process begins with these blocks, of which the node's code may answer what the chain's own could not."""
        for block in blocks:
            found = self._override(node, block)
            if found is not None and block.runtime is not found:
                self._own.setdefault(block, block.runtime)
                block.runtime = found

    def runtime(self, node: int, block: ExecutedBlock) -> Runtime:
        """What the node runs on top of a block."""
        found = self._override(node, block) if self._given else None
        return found or self._own.get(block, block.runtime)

    def refused(self, node: int, block: ExecutedBlock) -> str | None:
        """Why a node cannot execute a block that others made, if so: its code fails, or comes to another state."""
        if not self._given:
            return None
        assert block.parent is not None
        mine = self.runtime(node, block.parent)
        if mine is block.made_by:
            return None
        if (block, mine) not in self._executed:
            self._executed[block, mine] = _execute(block, mine, self.writes.of(block.parent, block.written))
        return self._executed[block, mine]

    def _override(self, node: int, block: ExecutedBlock) -> Runtime | None:
        given = self._given.get(node)
        return None if given is None else given.get(self._version(block))

    def _version(self, block: ExecutedBlock) -> NameAndVersion:
        """Of the code in a block's state, by what it carries: it may not run."""
        own = self._own.get(block, block.runtime)
        if own not in self._versions:
            version = embedded_version(block.state.get(b":code") or b"")
            self._versions[own] = ("", 0) if version is None else (version.spec_name, version.spec_version)
        return self._versions[own]


def _execute(block: ExecutedBlock, runtime: Runtime, writes: Entries) -> str | None:
    assert block.parent is not None
    header = block.decoded()
    unsealed = replace(header, logs=header.logs[:-1])
    body = compact(len(block.extrinsics)) + b"".join(block.extrinsics)
    execution = block.parent.state.execute()
    for key, value in writes:
        execution.set(key, value)
    try:
        execution.call(runtime, "Core_execute_block", unsealed.encode() + body)
    except (RuntimeTrap, HostError) as error:
        return str(error)
    return None
