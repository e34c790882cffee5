"""`@polkadot/api` from npm, under Node.js, over a real socket. SIMNET_REQUIRE_NPM=1 turns a skip into a failure."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import zstandard

from simnet.codec import blake2_256, u32
from simnet.network.topology import RELAY, Chain
from simnet.paths import cache_dir
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import embedded_version
from tests.providers.simulated.rpc.networks import Served, served

SCRIPT = Path(__file__).parent / "polkadot_js.mjs"
UPGRADE = SCRIPT.with_name("polkadot_js_upgrade.mjs")

PACKAGE = {"private": True, "type": "module", "dependencies": {"@polkadot/api": "^16.5.0"}}

AMOUNT = 98_765_432_109_876


@pytest.fixture(scope="session")
def packages() -> Path:
    """A folder in which `@polkadot/api` is installed, kept between test runs."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        _give_up("node and npm are not on this machine")
    folder = cache_dir("npm")
    wanted = json.dumps(PACKAGE)
    manifest = folder / "package.json"
    if (folder / "installed").is_file() and manifest.read_text(encoding="utf-8") == wanted:
        return folder
    manifest.write_text(wanted, encoding="utf-8")
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=240)
    if done.returncode != 0:
        _give_up(f"npm cannot install @polkadot/api: {done.stderr[-500:]}")
    (folder / "installed").touch()
    return folder


def _give_up(reason: str) -> None:
    if os.environ.get("SIMNET_REQUIRE_NPM") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def printed(script: Path, packages: Path, *arguments: str) -> dict[str, Any]:
    """What a script prints in its last line, without a complaint of the library."""
    beside = packages / script.name  # modules are looked for beside the script
    shutil.copy(script, beside)
    command = ["node", beside.name, *arguments]
    done = subprocess.run(command, cwd=packages, check=False, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "API/INIT" not in done.stderr, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


def of_next_version(chain: Chain) -> bytes:
    """A chain's bundled code as a release after it: wherever it has its version, in what it carries and in what it
    runs, it has the next one."""
    packed = runtime_code(chain)
    version = embedded_version(packed)
    assert version is not None
    wasm = zstandard.ZstdDecompressor().decompress(packed[8:], max_output_size=50 << 20)
    one, two = version.spec_version, version.spec_version + 1
    data = [u32(one) + u32(0), u32(two) + u32(0)]  # before the version of the implementation
    constant = [b"\x41" + _signed(one), b"\x41" + _signed(two)]  # i32.const
    signed = version.transaction_version << 32
    implicit = [b"\x42" + _signed(one | signed), b"\x42" + _signed(two | signed)]  # i64.const: what signers commit to
    for before, after in (data, constant, implicit):
        assert 1 <= wasm.count(before) <= 2
        assert len(before) == len(after)
        wasm = wasm.replace(before, after)
    return packed[:8] + zstandard.compress(wasm)


def _signed(number: int) -> bytes:
    """A whole number above 0 as WASM's code has it (signed LEB128)."""
    out = []
    while number > 0x3F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def test_a_dapp_goes_on_over_an_upgrade_without_reconnecting(packages: Path, tmp_path: Path) -> None:
    code, file = of_next_version(Chain(id=RELAY, runtime="rococo")), tmp_path / "next.wasm"
    file.write_bytes(code)
    run = f"upgraded-{os.getpid()}"
    with served(tmp_path / run, run) as here:
        seen = printed(UPGRADE, packages, here.url(), str(file))
    assert (seen["connections"], seen["lost"]) == (1, 0)
    assert seen["after"] == seen["before"] + 1
    assert seen["versions"] == [seen["before"], seen["after"]]
    assert "system.CodeUpdated" in seen["applied"]
    assert {"system.Remarked", "system.ExtrinsicSuccess"} <= set(seen["signed"])
    assert seen["code"] == "0x" + blake2_256(code).hex()
    assert len(seen["heads"]) > 5
    assert seen["heads"] == sorted(seen["heads"])


def test_a_dapp_transfers_and_follows_the_chain(standing: Served, packages: Path) -> None:
    seen = printed(SCRIPT, packages, standing.url("bob"), str(AMOUNT))

    assert (seen["chain"], seen["spec"]) == ("rococo_local_testnet", "rococo")
    assert seen["metadata"] >= 14
    assert seen["pallets"] > 40
    assert (seen["before"], seen["after"]) == ("0", str(AMOUNT))
    assert seen["told"][0] == "0"
    assert seen["told"][-1] == str(AMOUNT)
    assert seen["fee"] is True
    assert seen["statuses"] == ["Ready", "Broadcast", "InBlock", "Finalized"]
    assert {"balances.Transfer", "system.ExtrinsicSuccess"} <= set(seen["events"])
    assert (len(seen["heads"]), seen["heads"]) == (4, sorted(seen["heads"]))
    assert (len(seen["finalized"]), seen["finalized"]) == (3, sorted(set(seen["finalized"])))
    assert len(seen["derived"]) == 2
    assert seen["entries"] == 2
    assert seen["blockEvents"] is True
    assert seen["unknown"] == -32601
