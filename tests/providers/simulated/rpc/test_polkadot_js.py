"""`@polkadot/api` from npm, under Node.js, over a real socket. SIMNET_REQUIRE_NPM=1 turns a skip into a failure."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from simnet.paths import cache_dir
from tests.providers.simulated.rpc.networks import Served

SCRIPT = Path(__file__).parent / "polkadot_js.mjs"

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


def test_a_dapp_transfers_and_follows_the_chain(standing: Served, packages: Path) -> None:
    script = packages / SCRIPT.name  # modules are looked for beside the script
    shutil.copy(SCRIPT, script)
    command = ["node", script.name, standing.url("bob"), str(AMOUNT)]
    done = subprocess.run(command, cwd=packages, check=False, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    seen = json.loads(done.stdout.splitlines()[-1])

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
    assert "API/INIT" not in done.stderr, done.stderr
