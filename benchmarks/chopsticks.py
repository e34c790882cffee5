"""The block rate of a bare relay chain of four validators beside that of chopsticks, from one genesis in one run.

    python benchmarks/chopsticks.py [--rounds N]

Both start from the raw chain spec that simnet makes of the bundled Rococo runtime, without parachains, and carry
nothing but inherents. Their rounds alternate, so that a machine whose speed drifts does so for both. Blocks are those
of the best chain, forks aside.

simnet runs its network whole: four nodes that author in turn, BABE claims with VRFs, seals, state roots, gossip,
GRANDPA, and the journal on disk. A block is executed by its author only; the other three take it as it is.

chopsticks executes each block once too (Core_initialize_block, both inherents, BlockBuilder_finalize_block) and is
spared the rest: there are no nodes, blocks name an authority that is none, with one VRF for all and no seal, and their
state root is zero. So they are checked by their number and by what they leave in storage.

simnet's rate is told once more beside the reference (``benchmarks/reference``), which is what compares with other hours
and machines.

Needs npm. chopsticks is kept in simnet's cache, and with it a Node.js where this machine's is older than chopsticks
asks for. Takes about three minutes on two cores.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.beside import Figure, beside_reference
from benchmarks.simulated_network import network
from simnet.codec import storage_prefix, u64
from simnet.errors import DeadlineError, RpcError, SimnetError
from simnet.journal import FORMAT, Journal
from simnet.journal.records import RunStarted
from simnet.network.topology import RELAY
from simnet.paths import cache_dir
from simnet.providers.base import Launch, Plan
from simnet.providers.network import Network
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.runtime.genesis import GenesisMaker
from simnet.runtime.host import Host
from simnet.scenario.network_spec import NetworkSpec

CHOPSTICKS = "@acala-network/chopsticks"
VERSION = "1.5.1"
NODE_MAJOR = 22
"""The oldest Node.js that chopsticks 1.5.1 says it runs on (``engines`` in its package.json)."""
NODE_VERSION = "22.23.3"
TARGET = 20

SLOT = 6.0
WARM_UP = 10
"""Blocks on either side that are not timed."""
CHOPSTICKS_BLOCKS = 20
SIMNET_BLOCKS = 200
START_WITHIN = 120.0
INSTALL_WITHIN = 900.0
BLOCK_WITHIN = 30.0
"""Seconds that chopsticks may take for one block."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help=f"{CHOPSTICKS_BLOCKS} and {SIMNET_BLOCKS} blocks each")
    arguments = parser.parse_args()
    print(f"$ python {' '.join(sys.argv)}")
    try:
        node, script = installed()
        with beside_reference() as figures:
            figures.append(measure(node, script, arguments.rounds))
    except SimnetError as error:
        sys.exit(f"chopsticks.py: {error}")


def measure(node: str, script: Path, rounds: int) -> Figure:
    """Runs both in turn and prints what they did; gives simnet's rate."""
    spec = network(4, 0)
    with tempfile.TemporaryDirectory(prefix="simnet-bench-") as name:
        folder = Path(name)
        genesis = GenesisMaker(Host(bytes(32))).all(spec.topology())[RELAY]
        (folder / "genesis.json").write_bytes(genesis.raw_spec())
        runtime = f"Node.js {_version_of(node)}, Python {platform.python_version()}"
        load = f"load average {os.getloadavg()[0]:.1f}"
        print(f"# {os.cpu_count()} cores, {load}, Linux {platform.release()}, {runtime}, runtime {genesis.runtime}")
        with simulated(spec, folder) as ours, Chopsticks.started(node, script, folder) as theirs:
            theirs.warm_up()
            ours.wait(WARM_UP * SLOT)
            roots = {"genesis": genesis.state.root.hex(), "chopsticks": theirs.root(0), "simnet": _root(ours, 0)}
            if len(set(roots.values())) != 1:
                raise SimnetError(f"the two do not start from one state; roots: {roots}")
            rates = [(theirs.rate(CHOPSTICKS_BLOCKS), simnet_rate(ours, SIMNET_BLOCKS)) for _ in range(rounds)]
    chopsticks, simnet = ([pair[side] for pair in rates] for side in (0, 1))
    factors = [one / other for other, one in rates]
    blocks = f"{rounds} rounds of {CHOPSTICKS_BLOCKS}"
    print(f"chopsticks {VERSION:<8} {_spread(chopsticks, 2)} blocks/s  ({blocks} blocks)")
    blocks = f"{rounds} rounds of {SIMNET_BLOCKS}"
    print(f"simnet {version('polkadot-simnet'):<12} {_spread(simnet, 2)} blocks/s  ({blocks} blocks)")
    print(f"factor              {_spread(factors, 1)} times     (round by round)   target {TARGET}")
    return Figure("bare relay chain", statistics.median(simnet), "blocks/s")


def _spread(figures: list[float], digits: int) -> str:
    low, middle, high = (f"{one:,.{digits}f}" for one in (min(figures), statistics.median(figures), max(figures)))
    return f"median {middle:>7}, {low:>6} to {high:>7}"


# -- simnet -----------------------------------------------------------------------------------------------------------


@contextmanager
def simulated(spec: NetworkSpec, folder: Path) -> Iterator[Network]:
    """The network on simulated nodes, all of them ready; its journal is in ``folder``."""
    journal = Journal(time.monotonic)
    journal.begin(
        folder / "journal.jsonl",
        RunStarted(
            format=FORMAT, run="bench", scenario="bench", provider="simulated", seed=1, steps=0, versions={}, started=""
        ),
    )
    plan = Plan(topology=spec.topology(), links=tuple(spec.links), seed=1)
    running = SimulatedProvider().launch(plan, Launch(run="bench", run_dir=folder, journal=journal), START_WITHIN)
    try:
        yield running
    finally:
        running.close()


def simnet_rate(running: Network, blocks: int) -> float:
    """Blocks of the best chain a second of wall time.

    Raises :class:`SimnetError` unless each has a state of its own and finality follows.
    """
    first = _tip(running)
    began = time.perf_counter()
    running.wait(blocks * SLOT)
    took = time.perf_counter() - began
    last = _tip(running)
    finalized = min(running.evidence.finalized[node][-1].height for node in running.running(RELAY))
    if finalized <= first:
        raise SimnetError(f"simnet finalized nothing in {blocks} slots; {running.snapshot()}")
    if len({_root(running, number) for number in range(first, last + 1)}) != last + 1 - first:
        raise SimnetError(f"simnet made blocks {first} to {last}, but not each changed the state")
    return (last - first) / took


def _tip(running: Network) -> int:
    tip = running.evidence.tip(RELAY)
    return tip.height if tip else 0


def _root(running: Network, number: int) -> str:
    rpc = running.rpc(running.running(RELAY)[0])
    header = rpc.call("chain_getHeader", [rpc.call("chain_getBlockHash", [number])])
    return str(header["stateRoot"]).removeprefix("0x")


# -- chopsticks -------------------------------------------------------------------------------------------------------


class Chopsticks:
    """A running chopsticks, which builds blocks when it is asked to."""

    def __init__(self, port: int) -> None:
        self._port = port

    @classmethod
    @contextmanager
    def started(cls, node: str, script: Path, folder: Path) -> Iterator[Chopsticks]:
        """Starts it on ``genesis.json`` of a folder, which also gets its log; ends it in the end.

        Raises :class:`DeadlineError` with the log's tail when it does not serve.
        """
        log = folder / "chopsticks.log"
        command = [node, str(script), "--genesis", "genesis.json", "--build-block-mode", "Manual"]
        command += ["--host", "127.0.0.1", "--port", "0"]
        environment = {name: value for name, value in os.environ.items() if name != "PORT"}
        environment |= {"LOG_LEVEL": "info", "LOG_COMPACT": "true", "DISABLE_PLUGINS": "true"}
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield cls(_port(process, log))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def warm_up(self) -> None:
        """Builds the first blocks. Block 1 takes its slot and its timestamp from two looks at the machine's clock, and
        fails when a slot ends between them: then it is asked for again."""
        for _ in range(5):
            if self._number() < WARM_UP:
                self._call("dev_newBlock", {"to": WARM_UP}, within=WARM_UP * BLOCK_WITHIN)
        if self._number() < WARM_UP:
            raise SimnetError(f"chopsticks is at block {self._number()} when it was asked for block {WARM_UP} 5 times")

    def rate(self, blocks: int) -> float:
        """Blocks a second of wall time. Raises :class:`SimnetError` unless each of them was executed."""
        number, before = self._number(), self._storage("Timestamp", "Now")
        began = time.perf_counter()
        self._call("dev_newBlock", {"count": blocks}, within=blocks * BLOCK_WITHIN)
        took = time.perf_counter() - began
        wanted = (
            number + blocks,
            (number + blocks).to_bytes(4, "little"),
            u64(int.from_bytes(before, "little") + blocks * int(SLOT * 1000)),
        )
        seen = (self._number(), self._storage("System", "Number"), self._storage("Timestamp", "Now"))
        if seen != wanted:
            raise SimnetError(f"chopsticks did not execute {blocks} blocks from {number} on: {seen} and not {wanted}")
        return blocks / took

    def root(self, number: int) -> str:
        header = self._call("chain_getHeader", self._call("chain_getBlockHash", number))
        return str(header["stateRoot"]).removeprefix("0x")

    def _number(self) -> int:
        return int(self._call("chain_getHeader")["number"], 16)

    def _storage(self, pallet: str, item: str) -> bytes:
        return bytes.fromhex(self._call("state_getStorage", "0x" + storage_prefix(pallet, item).hex())[2:])

    def _call(self, method: str, *params: object, within: float = BLOCK_WITHIN) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=within)
        try:
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            answer = json.load(connection.getresponse())
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise RpcError(f"chopsticks does not answer {method} within {within:g} s: {error}") from error
        finally:
            connection.close()
        if "result" not in answer:
            raise RpcError(f"chopsticks refuses {method}: {answer.get('error')}")
        return answer["result"]


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + START_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", log.read_text(errors="replace"))
        if found:
            return int(found[1])
        time.sleep(0.05)
    state = "runs on" if process.poll() is None else f"ended with {process.returncode}"
    tail = "\n  ".join(log.read_text(errors="replace").splitlines()[-10:])
    raise DeadlineError(f"chopsticks does not serve: it {state}; its last lines:\n  {tail}")


def installed() -> tuple[str, Path]:
    """Node.js and the script of chopsticks, installed into the cache when they are not there.

    Raises :class:`SimnetError` when npm or a package cannot be had.
    """
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise SimnetError("npm is not on PATH, and chopsticks comes from it: install Node.js with npm")
    packages = {CHOPSTICKS: VERSION}
    folder = cache_dir("chopsticks")
    if int(_version_of(node).removeprefix("v").split(".")[0]) < NODE_MAJOR:
        processor = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        package = f"node-{platform.system().lower()}-{processor}"
        packages[package] = NODE_VERSION
        node = str(folder / "node_modules" / package / "bin" / "node")
    if any(_found(folder, package) != wanted for package, wanted in packages.items()):
        _install(npm, folder, packages)
    return node, folder / "node_modules" / CHOPSTICKS / "chopsticks.cjs"


def _install(npm: str, folder: Path, packages: dict[str, str]) -> None:
    wanted = [f"{package}@{number}" for package, number in packages.items()]
    command = [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", *wanted]
    print(f"# installing {' and '.join(wanted)} into {folder}", flush=True)
    (folder / "package.json").write_text(json.dumps({"private": True}))
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_WITHIN, check=False)
    except subprocess.TimeoutExpired as error:
        raise SimnetError(f"npm did not install {' and '.join(wanted)} in {INSTALL_WITHIN:g} s; try again") from error
    if done.returncode or any(_found(folder, package) != number for package, number in packages.items()):
        told = [line for line in done.stderr.splitlines() if line.startswith("npm error")] or ["it says nothing"]
        raise SimnetError(f"npm cannot install {' and '.join(wanted)}: {told[0]}; look with `{' '.join(command)}`")


def _found(folder: Path, package: str) -> str | None:
    """The version of an installed package, from the list that npm writes once all is in place."""
    try:
        listed = json.loads((folder / "node_modules" / ".package-lock.json").read_text())
    except (OSError, ValueError):
        return None
    number: str | None = listed["packages"].get(f"node_modules/{package}", {}).get("version")
    return number


def _version_of(node: str) -> str:
    return subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
