"""The PVF host of a simulated validator: what waits for its workers, in which order they take it, and how it ends."""

from simnet.providers.simulated.pvf_host._execute_queue import WORKERS, ExecuteJob, ExecutionEnd, ExecutionKind
from simnet.providers.simulated.pvf_host._pvf_host import PvfHost
from simnet.providers.simulated.pvf_host._worker import WALL_CLOCK_FACTOR

__all__ = ["WALL_CLOCK_FACTOR", "WORKERS", "ExecuteJob", "ExecutionEnd", "ExecutionKind", "PvfHost"]
