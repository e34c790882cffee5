"""New code that a chain cannot run: the chain stands, as real ones do, and the run fails and says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from wasmtime import wat2wasm

from simnet.network.topology import RELAY, Chain
from simnet.runtime.bundled import runtime_code
from tests.providers.simulated.test_upgrading import found, run
from tests.upgrades.rewrites import LACKING, importing_a_host_function_that_nodes_lack

NO_RUNTIME = '(module (memory 1) (func (export "nothing")))'


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("codes")
    codes = {name: runtime_code(Chain(id=RELAY, runtime=name)) for name in ("rococo", "penpal")}
    codes["no runtime"] = bytes(wat2wasm(NO_RUNTIME))
    codes["lacking"] = importing_a_host_function_that_nodes_lack(codes["rococo"])
    for name, code in codes.items():
        (folder / f"{name}.wasm").write_bytes(code)
    return {name: folder / f"{name}.wasm" for name in codes}


@pytest.mark.parametrize(
    ("chain", "code", "why"),
    [
        (RELAY, "no runtime", "no node of relay can run its new code: "),
        (RELAY, "penpal", "whose slots were lost: penpal-parachain-1 has no function 'BabeApi_next_epoch'"),
        ("2000", "no runtime", "no node of 2000 can run its new code: "),
        (
            RELAY,
            "lacking",
            f"can run its new code: Client error: Execution failed: it imports {LACKING}",
        ),
        ("2000", "rococo", "rococo-1025002 has no function 'CollectCollationInfo_collect_collation_info'"),
    ],
)
def test_the_run_fails_and_says_why(tmp_path: Path, files: dict[str, Path], chain: str, code: str, why: str) -> None:
    step = {"chain": chain, "runtime": str(files[code]), "path": "without_checks", "within": "200s"}
    outcome = run(tmp_path, [{"upgrade": step}], [{"upgraded": {"chain": chain}}])
    assert outcome.verdict.exit_code == 1
    status, seen = found(outcome, "steps completed")
    assert status == "failed"
    assert why in seen
    assert found(outcome, "upgraded")[0] == "failed"


def test_a_chain_that_stands_under_new_code_fails_though_nobody_asked(tmp_path: Path, files: dict[str, Path]) -> None:
    """The calls succeed, and the block that brings the code is final: only what follows is missing."""
    call = {"call": "System.set_code_without_checks", "args": {"code": f"0x{files['penpal'].read_bytes().hex()}"}}
    outcome = run(tmp_path, [{"submit": {**call, "sudo": True}}, {"wait": {"for": "150s"}}], [])
    assert outcome.verdict.exit_code == 1
    status, seen = found(outcome, "upgraded chains go on")
    assert status == "failed"
    assert "no block was made in" in seen
    assert "penpal-parachain-1 has no function 'BabeApi_next_epoch'" in seen


def test_what_is_known_too_shortly_is_open(tmp_path: Path, files: dict[str, Path]) -> None:
    call = {"call": "System.set_code_without_checks", "args": {"code": f"0x{files['penpal'].read_bytes().hex()}"}}
    outcome = run(tmp_path, [{"submit": {**call, "sudo": True}}, {"wait": {"for": "20s"}}], [])
    assert found(outcome, "upgraded chains go on")[0] == "inconclusive"


@pytest.mark.parametrize(
    ("chain", "call", "args", "asked"),
    [
        ("2000", "System.set_storage", {"items": [["0x3a636f6465", "0x00"]]}, "held"),
        (RELAY, "System.kill_storage", {"keys": ["0x3a636f6465"]}, "failed"),
    ],
)
def test_code_that_is_written_past_the_runtime_is_seen_and_run(
    tmp_path: Path, chain: str, call: str, args: dict[str, object], asked: str
) -> None:
    """Nodes run what the state has, whatever the header says. The chain went on, and the run held. Who removes the code
    names none that is to come in its place."""
    step = {"call": call, "args": args, "chain": chain, "sudo": True}
    outcome = run(tmp_path, [{"submit": step}, {"wait": {"for": "160s"}}], [])
    assert outcome.verdict.exit_code == 1
    status, seen = found(outcome, "code as asked")
    assert (status, "which nobody named" in seen) == (asked, asked == "failed")
    assert found(outcome, "upgraded chains go on")[0] == "failed"
