"""What the runtime host costs: one call, blocks, validation, signatures, BABE's lottery.

Run ``python -m benchmarks.host_calls`` from the project's root. It prints the shortest and the middle of many rounds in
milliseconds, beside the target where there is one, and what the host holds at the end; then the mean CPU time of each
beside the reference (``benchmarks/reference``), which is what compares with other hours and machines. The first run on
a machine compiles the runtimes before.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

from benchmarks.beside import Figure, beside_reference
from simnet.codec import blake2_256
from simnet.network.accounts import keypair
from simnet.runtime.host import Host
from tests.runtime.host.chains import Calls, Para, Relay

ALICE = keypair("//Alice")
BLOCKS = 300
RECEIVER = "0x" + bytes([7] * 32).hex()


def measure(
    label: str, run: Callable[[], object], rounds: int, *, each: int = 1, target: float | None = None
) -> Figure:
    """Prints a line; ``each``: how many of a thing one run does. Gives the mean CPU time."""
    times = []
    used = time.process_time()
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) / each * 1000)
    used = time.process_time() - used
    wanted = "" if target is None else f"  target {target:g}"
    print(f"{label:<52} {min(times):8.3f} {statistics.median(times):8.3f}{wanted}")
    return Figure(label, used / rounds / each * 1000, "CPU ms")


def advanced(relay: Relay) -> None:
    """Into the first session with cores, so that every validator signs a bitfield."""
    relay.block()
    relay.block(int.from_bytes(relay.state.call(relay.runtime, "BabeApi_configuration")[8:16], "little"))


def main() -> None:
    """Measures everything, the reference around it."""
    with beside_reference() as figures:
        figures.extend(measured())


def measured() -> Iterator[Figure]:
    """Everything in turn."""
    start = time.perf_counter()
    host = Host()
    para = Para.new(host)
    relay = Relay.new(host, para.relay_genesis())
    print(f"host, two runtimes, two geneses: {time.perf_counter() - start:.2f} s")
    print(f"{'milliseconds':<52} {'best':>8} {'median':>8}")
    advanced(relay)

    state, runtime = relay.state, relay.runtime
    yield measure("a call (Core_version)", lambda: state.call(runtime, "Core_version"), 500, target=0.2)
    yield measure("reading a key from Python", lambda: state.get(b":code:none"), 500)
    yield measure("Rococo block, empty, 4 validators, 4 bitfields", relay.block, BLOCKS, target=12)

    calls, genesis = Calls(para), blake2_256(para.head)
    transfer = calls.call("Balances", "transfer_keep_alive", {"dest": {"Id": RECEIVER}, "value": 10**13})
    signed = calls.signed(transfer, "//Alice", 0, genesis)
    built = para.build(relay, (signed,))
    code = para.state.get(b":code") or b""
    beginning = Para.new(host)

    def build() -> None:
        Para(host, beginning.state, beginning.head).build(relay)

    def build_signed() -> None:
        Para(host, beginning.state, beginning.head).build(relay, (signed,))

    yield measure("Penpal block, recorded", build, BLOCKS, target=10)
    yield measure("Penpal block, recorded, with a signed transfer", build_signed, BLOCKS)
    yield measure(
        "validate_block of it", lambda: host.run(code, "validate_block", built.arguments()), BLOCKS, target=15
    )

    message = bytes(100)
    verifier = Host()
    signatures = [host.sign_sr25519(ALICE.private_key, message + bytes([i])) for i in range(200)]
    fresh = iter([(signature, message + bytes([i])) for i, signature in enumerate(signatures)])
    yield measure("sr25519 verify", lambda: verifier.verify_sr25519(*next(fresh), ALICE.public_key), 200, target=0.4)
    known = signatures[0], message + bytes([0]), ALICE.public_key
    yield measure("sr25519 verify, known", lambda: verifier.verify_sr25519(*known), 200)
    yield measure("sr25519 sign", lambda: host.sign_sr25519(ALICE.private_key, message), 200)
    slots = iter(range(10**6))
    secrets = [ALICE.private_key] * 1000
    yield measure("BABE score, of 1,000", lambda: host.babe_scores(secrets, bytes(32), next(slots), 0), 5, each=1000)
    yield measure("BABE claim", lambda: host.babe_claim(ALICE.private_key, bytes(32), next(slots), 0), 100)

    stats = host.stats()
    print(
        f"{stats.calls} calls, {stats.seconds:.1f} s in WASM; native {stats.native_bytes >> 20} MiB, "
        f"runtimes {stats.runtime_bytes >> 20} MiB, {stats.trie_nodes} trie nodes"
    )


if __name__ == "__main__":
    main()
