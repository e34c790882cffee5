"""Runtimes that the nodes' processes have compiled.

New code of a chain is compiled by each node when the first block comes whose state has it; until that is done, whoever
wants to call it waits (sc-executor 0.50 wasm_runtime.rs, RuntimeCache::with_instance, which holds its lock meanwhile).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.times import COMPILING, Times
from simnet.runtime.host import Runtime


@dataclass(eq=False)
class _Compiled:
    """What one process has."""

    life: int
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

    def ready(self, node: int, block: ExecutedBlock) -> bool:
        """Whether a node can call the runtime that a block leaves. One that is new to it, it begins to compile."""
        if not block.upgraded:
            return True
        cache = self._cache(node)
        if block.runtime in cache.done:
            return True
        if block.runtime not in cache.waiting:
            cache.waiting[block.runtime] = []
            self.processes.work(
                node, self.processes.clock.now, self.times.one(COMPILING), lambda: self._done(cache, block.runtime)
            )
        return False

    def when_ready(self, node: int, block: ExecutedBlock, act: Callable[[], None]) -> None:
        """Has ``act`` done when the node can call the runtime that a block leaves, at once or by this process later."""
        if self.ready(node, block):
            act()
        else:
            self._cache(node).waiting[block.runtime].append(act)

    def _done(self, cache: _Compiled, runtime: Runtime) -> None:
        cache.done[runtime] = None
        for act in cache.waiting.pop(runtime):
            act()

    def _cache(self, node: int) -> _Compiled:
        one, cache = self.processes.nodes[node], self._caches.get(node)
        if cache is None or cache.life != one.life:
            views = (one.relay,) if one.para is None else (one.relay, one.para)
            cache = self._caches[node] = _Compiled(one.life, dict.fromkeys(view.best.runtime for view in views))
        return cache
