"""A PVF host alone on a clock."""

from __future__ import annotations

from collections.abc import Callable

from simnet.providers.simulated.clock import NEVER, SECOND, Clock
from simnet.providers.simulated.cores import Cores
from simnet.providers.simulated.pvf_host import ExecuteJob, ExecutionEnd, ExecutionKind, PvfHost

CODE, OTHER, THIRD = b"code", b"other", b"third"


def run(clock: Clock, until: float | None = None) -> None:
    """Lets everything happen that is on a clock, or what is by then, in seconds."""
    end = NEVER if until is None else int(until * SECOND)
    while clock.next() <= end and clock.next() < NEVER:
        clock.advance(end)
    if until is not None:
        clock.advance(end)


def _never() -> bool:
    return False


class HostLab:
    """Seconds in, seconds out. Compiling takes ``compiling`` unless a code has its own time."""

    def __init__(self, cpus: float | None = None, *, compiling: float = 8.0) -> None:
        self.clock = Clock()
        self.cores = Cores(self.clock.at, lambda: self.clock.now, cpus)
        self.host = PvfHost(self.cores, lambda: self.clock.now, self.after)
        self.compiling = compiling
        self.ends: dict[str, tuple[float, ExecutionEnd]] = {}
        """When each execution ended, and how."""
        self.checks: dict[bytes, tuple[float, bool]] = {}

    def after(self, passed: int, act: Callable[[], None]) -> None:
        self.clock.at(self.clock.now + passed, act)

    def at(self, seconds: float, act: Callable[[], None]) -> None:
        self.clock.at(int(seconds * SECOND), act)

    @property
    def now(self) -> float:
        return self.clock.now / SECOND

    def compiled(self, code: bytes = CODE) -> HostLab:
        """The same with a code that is compiled already, in no time."""
        self.host.expect(code, lambda: 0)
        self.host.check(code, 0, lambda _: None)
        self.run()
        return self

    def execute(
        self,
        name: str,
        kind: ExecutionKind = "approval",
        takes: float = 1.0,
        *,
        limit: float = 12.0,
        code: bytes = CODE,
        compiling_limit: float = 360.0,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        def done(ending: ExecutionEnd) -> None:
            self.ends[name] = self.now, ending

        self.expect(code)
        execution = ExecuteJob(kind, int(takes * SECOND), 1.0, int(limit * SECOND), wanted, _never, _never, done)
        self.host.execute(code, execution, int(compiling_limit * SECOND))

    def check(self, code: bytes, limit: float = 60.0) -> None:
        self.expect(code)
        self.host.check(code, int(limit * SECOND), lambda prepared: self.checks.__setitem__(code, (self.now, prepared)))

    def expect(self, code: bytes) -> None:
        self.host.expect(code, lambda: int(self.compiling * SECOND))

    def run(self, until: float | None = None) -> None:
        """Lets everything happen, or what does by then."""
        run(self.clock, until)

    @property
    def order(self) -> list[str]:
        """Names of executions in the order in which they ended."""
        return list(self.ends)
