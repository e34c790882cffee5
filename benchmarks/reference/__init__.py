"""Work of the same kind as a simulation that never changes, so that speeds measured in different hours compare.

A machine is not the same from one hour to the next: the same code ran a network at 92 times real time and at 250 within
two hours. A plain Python loop tells nothing of it (1.4 and 1.5 s), since most of a simulation is compiled WASM and
Python that allocates, hashes and looks up all over memory. So the reference is a small simulation of its own: 49
blocks that a relay chain of four validators and two parachains once made are executed again by the runtime that made
them, and around each block a frozen piece of Python does what nodes, votes, decoders and the journal do.

Nothing of simnet is imported by it. The native module, the glue and the allocator are copies from when the chain was
recorded, kept beside it in one file; only the runtimes, which are large and published, are the bundled ones, named by
their digests: with another runtime the reference refuses to run. Each block's header has the root of the state that it
must lead to, and a pass has a checksum, so that work that was not done cannot pass for fast.

What it depends on and ought to: the machine, Python, wasmtime. Compare ratios of one Python and one wasmtime.

    python -m benchmarks.reference
"""

from benchmarks.reference.recording import AnotherRuntimeError
from benchmarks.reference.work import EDITION, AnotherWorkError, Speed, Work, measure

__all__ = ["EDITION", "AnotherRuntimeError", "AnotherWorkError", "Speed", "Work", "measure"]
