"""Runtimes of others: each is refused in a sentence, none ends the process, and what never returns is ended by name.

``SIMNET_ATTACK=10000`` tries as many mutants as it says.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attack.hostile_runtimes import LOOPING, RETURNING

MUTANTS = int(os.environ.get("SIMNET_ATTACK", "60"))
LONG = 600
"""Seconds after which a process that was to end has not: a machine may be slow, a process that hangs stays."""

SCENARIO = "name: x\nnetwork: {{relay: {{runtime: {file}, validators: 4}}}}\nsteps: [{{wait: {{for: 30s}}}}]\n"

IN_A_CALL = """
import sys, threading, time
from simnet.cli import main
from simnet.runtime.host import _native

works, make = [], _native.Work
def made():
    works.append(make())
    return works[-1]
_native.Work = made

def tell():
    while not any(work.doing and work.doing[1] == sys.argv[1] for work in works):
        time.sleep(0.01)
    print("in the call", flush=True)

threading.Thread(target=tell, daemon=True).start()
main(["validate", sys.argv[2]])
"""

IN_A_CHILD = """
import os, sys
from pathlib import Path
from simnet.runtime.host import Host
from tests.attack.hostile_runtimes import module
host = Host()
host.run(module(), "validate_block")
child = os.fork()
if child == 0:
    host.run(Path(sys.argv[1]).read_bytes(), "validate_block", owners=("parachain 2000",))
    os._exit(0)
host.run(module(), "validate_block")
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **more}


def _run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=LONG,
        env=_environment(**more),
        check=False,
    )


def _lines(done: subprocess.CompletedProcess[str]) -> list[list[str]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def endings() -> dict[str, tuple[str, str]]:
    """What was said of each runtime, at genesis and as a candidate, by one process with one host."""
    done = _run("-m", "tests.attack.hostile_runtimes", "all")
    assert done.returncode == 0, done.stderr
    return {name: (genesis, candidate) for name, genesis, candidate in _lines(done) if genesis != "begun"}


@pytest.mark.parametrize("name", RETURNING)
def test_at_genesis_it_is_refused_in_one_line_that_names_the_chain(
    endings: dict[str, tuple[str, str]], name: str
) -> None:
    said = endings[name][0]
    assert "relay" in said
    assert said.isprintable()
    assert not said.startswith("made")


@pytest.mark.parametrize("name", RETURNING)
def test_a_candidate_of_it_is_judged_in_one_line(endings: dict[str, tuple[str, str]], name: str) -> None:
    said = endings[name][1]
    assert said
    assert said.isprintable()


def test_validation_code_that_begins_with_more_memory_than_it_may_have_is_refused(
    endings: dict[str, tuple[str, str]],
) -> None:
    assert endings["4 GiB of memory"][1].endswith("with 65536 pages of memory; it may have 2080")


def test_lengths_that_add_up_to_little_are_no_way_into_native_memory(endings: dict[str, tuple[str, str]]) -> None:
    assert "gave a host function more bytes than it takes" in endings["arguments of 4 GiB together"][1]


def test_a_host_is_sound_after_all_of_them(endings: dict[str, tuple[str, str]]) -> None:
    from simnet.runtime.host import Host

    assert endings["sound"] == (Host().state({b"a": b"b"}).root.hex(), "same")


@pytest.mark.parametrize("name", LOOPING)
def test_what_never_returns_ends_simnet_as_the_harness_with_chain_and_call(tmp_path: Path, name: str) -> None:
    make, call = LOOPING[name]
    (tmp_path / "x.wasm").write_bytes(make())
    (tmp_path / "x.yaml").write_text(SCENARIO.format(file=tmp_path / "x.wasm"))
    done = _run("-m", "simnet", "validate", str(tmp_path / "x.yaml"), SIMNET_CALL_PATIENCE="0.5")
    assert done.returncode == 3
    assert done.stderr.startswith(f"error: {call} of the runtime of the relay chain (")
    assert "has been computing for 0.5 s and does not return" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_simnet_in_a_call_that_never_returns(tmp_path: Path, number: signal.Signals, code: int) -> None:
    make, call = LOOPING["a version"]
    (tmp_path / "x.wasm").write_bytes(make())
    (tmp_path / "x.yaml").write_text(SCENARIO.format(file=tmp_path / "x.wasm"))
    with subprocess.Popen(
        [sys.executable, "-c", IN_A_CALL, call, str(tmp_path / "x.yaml")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment(),
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "in the call\n"
            process.send_signal(number)
            _, told = process.communicate(timeout=LONG)
        finally:
            process.kill()
    assert process.returncode == code
    assert "Core_version of the runtime of the relay chain" in told
    assert "was interrupted and does not return" in told


def test_a_child_of_a_fork_has_a_guard_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "x.wasm").write_bytes(LOOPING["a version"][0]())
    done = _run("-c", IN_A_CHILD, str(tmp_path / "x.wasm"), SIMNET_CALL_PATIENCE="0.5")
    assert (done.returncode, done.stdout) == (0, "3\n")
    assert "validate_block of the runtime of parachain 2000" in done.stderr


def test_a_patience_that_is_no_number_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wasm").write_bytes(RETURNING["no result"]())
    (tmp_path / "x.yaml").write_text(SCENARIO.format(file=tmp_path / "x.wasm"))
    done = _run("-m", "simnet", "validate", str(tmp_path / "x.yaml"), SIMNET_CALL_PATIENCE="soon")
    assert done.returncode == 2
    assert "SIMNET_CALL_PATIENCE is 'soon'" in done.stderr


def test_mutants_of_them_end_in_a_sentence_or_by_the_guard() -> None:
    first = 0
    while first < MUTANTS:
        done = _run(
            "-m", "tests.attack.hostile_runtimes", "mutants", str(first), str(MUTANTS - first),
            SIMNET_CALL_PATIENCE="2",
        )  # fmt: skip
        seen = _lines(done)
        for name, genesis, candidate in seen:
            assert f"{genesis}{candidate}".isprintable(), name
        if done.returncode == 0:
            return
        last = seen[-1][0]
        assert done.returncode == 3, f"{last}: {done.stderr}"
        assert "does not return" in done.stderr, f"{last}: {done.stderr}"
        first = int(last.removeprefix("mutant ")) + 1
