"""Does with the blocks of a page what a reader would: writes its files, checks them, types its commands."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import typer
import yaml

from docs.blocks import ROOT, Block, Command
from simnet.cli import app
from simnet.cli._scenario_files import library
from simnet.exit_codes import ExitCode

Typed: TypeAlias = Callable[..., tuple[int, str]]
"""Runs a command with its arguments in this process; its exit code and what it printed."""

TARGETS = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
OF_A_CHECKOUT = ("scenarios", "examples")
MAY_STAY_UNRUN = ("console", "python", "text")
_BIN = ".venv/bin/"
_READY_WITHIN = 60.0
"""Seconds in which what goes on beside a page has to print what is shown."""
_REFUSED: Any = typer.BadParameter.__base__
"""click's UsageError, of which typer has a copy of its own or not, as its version wills."""


class PageRunner:
    """One page in a folder of its own that looks like the root of a checkout.

    ``typed`` has the commands that run in this process, which spares each the second in which simnet is loaded.
    """

    def __init__(self, folder: Path, typed: Mapping[str, Typed]) -> None:
        self._folder = folder
        self._typed = typed
        self._printed: list[str] = []
        self._beside: list[tuple[Block, subprocess.Popen[str]]] = []
        for name in OF_A_CHECKOUT:
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv").symlink_to(sys.prefix)

    def do(self, block: Block) -> None:
        """Fails with what is wrong with a block, or with there being no rule for it."""
        rule = _RULES.get(block.language) if block.excerpt is None else PageRunner._excerpt
        assert rule is not None, f"{block}: no rule for a block of {block.language or 'no language'}"
        assert block.unrun is None or block.language in MAY_STAY_UNRUN, f"{block}: nothing here is ever run"
        rule(self, block)

    def end(self) -> None:
        """Ends what runs beside the page as Ctrl-C would, unless a command of the page has ended it."""
        for block, process in self._beside:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            exit_code = process.wait(timeout=_READY_WITHIN)
            assert exit_code in (ExitCode.HELD, ExitCode.INTERRUPTED), f"{block}: ended with {exit_code}"

    def _excerpt(self, block: Block) -> None:
        file = (ROOT / str(block.excerpt)).read_text(encoding="utf-8")
        assert unindented(block.text) in unindented(file), f"{block}: {block.excerpt} does not say so"

    def _yaml(self, block: Block) -> None:
        text = block.text if block.over is None else self._laid_over(block)
        file = self._write(block.title or f"line-{block.line}.yaml", text)
        if not block.mistakes:
            self._check(block, Command(f"simnet validate {file}", 0, (), None))

    def _laid_over(self, block: Block) -> str:
        """The file that a fragment is a part of, as if it lay in the page's folder."""
        base = library().get(str(block.over), self._folder / str(block.over))
        whole = yaml.safe_load(base.read_text(encoding="utf-8"))
        network = whole.get("network")
        if isinstance(network, str):
            whole["network"] = os.path.relpath((base.parent / network).resolve(), self._folder)
        fragment = yaml.safe_load(block.text)
        *way, last = block.at.split(".") if block.at is not None else ("",)
        if not last:
            whole |= fragment
        else:
            place = whole
            for key in way:
                place = place[int(key) if isinstance(place, list) else key]
            there = place.get(last)
            place[last] = [*there, *fragment] if isinstance(there, list) else fragment
        return str(yaml.safe_dump(whole, sort_keys=False))

    def _console(self, block: Block) -> None:
        for command in block.commands():
            if block.beside:
                self._begin(block, command)
            else:
                self._check(block, command)

    def _begin(self, block: Block, command: Command) -> None:
        """Starts what goes on beside the rest of the page, and waits until it has printed what the page shows."""
        out, told = (self._folder / f"line-{block.line}.{suffix}" for suffix in ("out", "err"))
        line = f"exec {command.line} >{out} 2>{told}"
        process = subprocess.Popen(["bash", "-c", line], cwd=self._folder, env=_env(), text=True)
        self._beside.append((block, process))
        shown, deadline = command.output or ("...",), time.monotonic() + _READY_WITHIN
        while not (printed := _text_of(out)) or not is_shown(shown, printed, whole=True):
            assert process.poll() is None, f"{block}: {command.line} ended:\n{printed}{_text_of(told)}"
            assert time.monotonic() < deadline, f"{block}: {command.line} has printed only\n{printed}"
            time.sleep(0.1)

    def _check(self, block: Block, command: Command) -> None:
        name, *arguments = shlex.split(command.line.replace(_BIN, ""))
        plain = not re.search(r"[|<>;&]", command.line)
        if name == "make":
            assert set(arguments[:1]) <= TARGETS, f"{block}: there is no target {arguments[0]}"
        elif command.unrun is not None:
            wrong = unreadable(arguments) if name == "simnet" and plain else _not_bash(command.line)
            assert wrong is None, f"{block}: {command.line}: {wrong}"
        else:
            here = name in self._typed and plain
            exit_code, printed = self._typed[name](*_globbed(arguments)) if here else self._by_bash(command.line)
            self._printed.append(printed)
            assert exit_code == command.exit_code, f"{block}: {command.line} ended with {exit_code}:\n{printed}"
            if command.output:
                assert is_shown(command.output, printed, whole=True), f"{block}: {command.line} prints\n{printed}"

    def _by_bash(self, line: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self._folder,
            env=_env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def _text(self, block: Block) -> None:
        lines = block.text.splitlines()
        shown = block.unrun is not None or any(is_shown(lines, printed, whole=False) for printed in self._printed)
        assert shown, f"{block}: no command above it on the page prints this"

    def _python(self, block: Block) -> None:
        tree = ast.parse(block.text, str(block))
        if block.unrun is not None:
            return
        file = self._write(block.title or f"test_line_{block.line}.py", block.text)
        if block.title is None:
            tests = any(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in tree.body)
            self._check(block, Command(f"{'pytest -q' if tests else 'python'} {file}", 0, (), None))

    def _parsed(self, block: Block) -> None:
        (json.loads if block.language == "json" else tomllib.loads)(block.text)

    def _write(self, name: str, text: str) -> str:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return name


_RULES: dict[str, Callable[[PageRunner, Block], Any]] = {
    "yaml": PageRunner._yaml,
    "console": PageRunner._console,
    "text": PageRunner._text,
    "python": PageRunner._python,
    "json": PageRunner._parsed,
    "toml": PageRunner._parsed,
}


def is_shown(lines: Iterable[str], printed: str, *, whole: bool) -> bool:
    """Whether the lines are what was printed, or a part of it unless ``whole``. ``...`` stands for anything: for any
    lines where it is a line of its own, else for a part of one."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else f"{r'.*?'.join(map(re.escape, line.rstrip().split('...')))}\n"
        for line in lines
    )
    text = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
    return bool(re.fullmatch(pattern, text) if whole else re.search(f"^{pattern}", text, flags=re.MULTILINE))


def unreadable(arguments: list[str]) -> str | None:
    """What the parser of the real command has against such arguments; None if it takes them."""
    command: Any = typer.main.get_command(app)
    try:
        context = command.make_context("simnet", list(arguments))
        name, sub, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        sub.make_context(name, rest, parent=context)
    except _REFUSED as error:
        return str(error.format_message())
    return None


def _globbed(arguments: Iterable[str]) -> list[str]:
    """Arguments as a shell gives them, in the working directory."""
    found = (sorted(map(str, Path().glob(one))) if "*" in one else [one] for one in arguments)
    return [argument for arguments in found for argument in arguments]


def _text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _env() -> dict[str, str]:
    """With the environment's commands, ``simnet`` among them, before others."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def unindented(text: str) -> str:
    """Parts of a class stand at the margin on the page, and so have other blank lines between them."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _not_bash(line: str) -> str | None:
    done = subprocess.run(["bash", "-n", "-c", line], capture_output=True, text=True, check=False)
    return done.stderr.strip() or None
