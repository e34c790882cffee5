"""`simnet up --provider simulated` in a process of its own; this one looks at it, breaks, heals and ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simnet.chain.rpc import WebSocketRpc
from simnet.cli import app
from simnet.journal import Kind, read_journal
from simnet.paths import cache_dir

NETWORK = "relay: {runtime: rococo, validators: 2}\n"
SIMNET = [sys.executable, "-c", "from simnet.cli import main; main()"]
STARTS_WITHIN = 120


@dataclass
class Up:
    """A network that stands, and the process that serves it."""

    process: subprocess.Popen[str]
    run: str
    folder: Path
    urls: dict[str, str]

    def simnet(self, *arguments: str, code: int = 0) -> str:
        """Runs a command in this process; what it printed."""
        done = CliRunner().invoke(app, list(arguments))
        assert done.exit_code == code, done.output
        return done.output


@pytest.fixture
def up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Up]:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")  # nothing here needs an engine
    file = tmp_path / f"up{os.getpid()}.yaml"
    file.write_text(NETWORK)
    port = 20_000 + os.getpid() % 10_000  # below those that the kernel gives to whoever asks for any
    command = [*SIMNET, "up", str(file), "--provider", "simulated", "--speed", "20", "--out", str(tmp_path / "runs")]
    command += ["--port", f"bob={port}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    late = threading.Timer(STARTS_WITHIN, process.kill)
    late.start()
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]
    late.cancel()
    assert process.poll() is None, process.communicate()
    (folder,) = (tmp_path / "runs").iterdir()
    urls = {line.split()[0]: line.split()[-1] for line in lines[2:]}
    assert urls["bob"] == f"ws://127.0.0.1:{port}"
    yield Up(process, lines[0].strip(), folder, urls)
    if process.poll() is None:
        process.kill()
    process.wait()


def test_another_process_sees_breaks_heals_and_ends_it(up: Up) -> None:
    assert up.folder.name == up.run
    shown = up.simnet("status", up.run[:-2])
    assert f"{up.run}: served by process {up.process.pid} (kept)" in shown
    assert str(up.folder) in shown
    assert shown.count("running") == 2
    rpc = WebSocketRpc(up.urls["bob"])
    assert rpc.call("system_health")["peers"] == 1

    cut = up.simnet("fault", up.run, "partition", "groups=[alice, bob]", "--as", "cut")
    assert "cut: partition groups=alice|bob is active" in cut
    assert "asked cut" in cut
    assert "fault cut: partition" in up.simnet("status", up.run)
    stopped = up.simnet("fault", up.run, "kill", "targets=bob")
    assert "asked killed, seen down" in stopped
    assert "exited (137)" in up.simnet("status", up.run)
    assert "is healed" in up.simnet("fault", up.run, "--heal", "all")
    assert "fault cut" not in up.simnet("status", up.run)
    assert "did you mean 'bob'" in up.simnet("fault", up.run, "pause", "targets=bobb", code=2)
    story = [line[12:] for line in up.simnet("logs", up.run, "bob").splitlines()]
    assert story[:2] == ["starts (launch)", "answers JSON-RPC"]
    assert any(line.startswith("authors #") for line in story)
    assert any(line.startswith("finalizes #1 ") for line in story)
    told = [line for line in story if line.startswith(("--", "ends"))]
    assert told[-5:] == [
        "-- fault cut (partition groups=alice|bob) acts",
        "ends as asked, exit code 137",
        "-- fault kill (kill targets=bob) acts",
        "-- fault kill is healed",
        "-- fault cut is healed",
    ]
    assert "did you mean 'bob'" in up.simnet("logs", up.run, "bobb", code=2)

    assert f"left alone: {up.run}" in up.simnet("down")
    assert f"removed {up.run}" in up.simnet("down", up.run)
    assert up.process.wait(10) == 0
    assert "no run" not in up.simnet("down", up.run, code=3)  # Docker cannot be asked whether it knows the run
    records = read_journal(up.folder)
    assert records[-1].data.outcome == "finished"
    assert [one.data.name for one in records if one.kind is Kind.FAULT_HEALED] == ["kill", "cut"]
    assert (up.folder / "report.html").is_file()
    assert not list(cache_dir("standing").glob(f"{up.run}.*"))


def test_a_signal_ends_it(up: Up) -> None:
    up.process.send_signal(signal.SIGINT)
    out, error = up.process.communicate(timeout=20)
    assert up.process.returncode == 0, error
    assert f"ended; the journal and a report are in {up.folder}" in out
    assert "Traceback" not in error
    assert up.run not in up.simnet("status")


def test_what_a_killed_process_left_is_told_and_forgotten(up: Up) -> None:
    up.process.kill()
    up.process.wait()
    assert f"{up.run}: was served by process {up.process.pid} (its process is gone)" in up.simnet("status", up.run)
    assert "is gone; `simnet down" in up.simnet("fault", up.run, "pause", "targets=bob", code=3)
    assert f"removed {up.run}" in up.simnet("down")
    assert up.run not in up.simnet("status")
