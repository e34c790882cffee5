"""Runtimes that the nodes' processes have compiled.

New code of a chain is compiled by each node when the first block comes whose state has it; until that is done, whoever
wants to call a runtime waits (sc-executor 0.50 wasm_runtime.rs, RuntimeCache::with_instance, which holds its lock
meanwhile). Six real nodes on two cores so stood still for half a minute when their relay chain was upgraded: they had
imported the block that brought the code, and neither imported nor authored another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.times import COMPILING, MEBIBYTE, Times
from simnet.runtime.host import Runtime


@dataclass(eq=False)
class _Compiled:
    """What one process has."""

    done: dict[Runtime, None]
    waiting: dict[Runtime, list[Callable[[], None]]] = field(default_factory=dict)
    """What is to be done when a runtime that is being compiled is there."""


@dataclass(eq=False)
class CodeCaches:
    """Those of all nodes. Compiling what a chain has from genesis, or what the database has at the start of a process,
    is part of that start."""

    processes: Processes
    times: Times
    _caches: dict[int, _Compiled] = field(init=False, default_factory=dict)

    def started(self, node: int) -> None:
        """A process begins with what its database has."""
        one = self.processes.nodes[node]
        views = (one.relay,) if one.para is None else (one.relay, one.para)
        self._caches[node] = _Compiled(dict.fromkeys(view.best.runtime for view in views))

    def ready(self, node: int, block: ExecutedBlock) -> bool:
        """Whether a node can call the runtime that a block leaves. One that is new to it, it begins to compile."""
        cache = self._caches[node]
        if block.upgraded and block.runtime not in cache.done and block.runtime not in cache.waiting:
            cache.waiting[block.runtime] = []
            takes = self.times.one(COMPILING) * len(block.state.get(b":code") or b"") // MEBIBYTE
            now, share = self.processes.clock.now, COMPILING.share
            self.processes.work(node, now, takes, lambda: self._done(cache, block.runtime), share)
        return not cache.waiting

    def when_ready(self, node: int, block: ExecutedBlock, act: Callable[[], None]) -> None:
        """Has ``act`` done when the node can call the runtime that a block leaves, at once or by this process later."""
        if self.ready(node, block):
            act()
        else:
            waiting = self._caches[node].waiting
            waiting[next(reversed(waiting))].append(lambda: self.when_ready(node, block, act))

    def _done(self, cache: _Compiled, runtime: Runtime) -> None:
        cache.done[runtime] = None
        for act in cache.waiting.pop(runtime):
            act()
