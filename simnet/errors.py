"""Every error that simnet raises on purpose.

All derive from :class:`SimnetError`; each says what was tried, what was seen and what to do. ``exit_code`` is what the
``simnet`` command exits with when the error reaches it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simnet.exit_codes import ExitCode


class SimnetError(Exception):
    """Base class. Cause and remedy are in the message; a command line shows it without a traceback."""

    exit_code = ExitCode.HARNESS_FAILED


class InputError(SimnetError, ValueError):
    """What the user wrote cannot be run. Correct the file, the option or the argument that it names."""

    exit_code = ExitCode.BAD_INPUT


@dataclass(frozen=True)
class Problem:
    """One mistake in a scenario file. ``line`` and ``column`` count from 1."""

    file: Path
    line: int
    column: int
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        from simnet.paths import shown  # noqa: PLC0415 - whoever imports errors, as pytest at its start, tells few

        hint = f" ({self.hint})" if self.hint else ""
        return f"{shown(self.file)}:{self.line}:{self.column}: {self.message}{hint}"


class ScenarioError(InputError):
    """A scenario file has mistakes; ``problems`` lists all that were found, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class GenesisError(InputError):
    """The genesis of one chain cannot be made. ``part`` leads, within what the network says of the chain, to what is
    wrong: a key of its ``genesis``, else its ``runtime`` or ``spec``. ``of_key``: the last key itself is wrong, not its
    value."""

    def __init__(self, message: str, *, chain: str, part: tuple[str | int, ...], of_key: bool = False) -> None:
        super().__init__(message)
        self.chain = chain
        self.part = part
        self.of_key = of_key


class ExtensionError(SimnetError, ImportError):
    """A fault, check or provider that another distribution brings cannot be used. The message names the distribution;
    correct, update or uninstall it."""


class UnsupportedError(InputError):
    """The chosen provider cannot do what the scenario asks; nothing was started. Choose another or change the
    scenario."""


class ImageError(InputError, LookupError):
    """A node image is neither here nor to be pulled. Load it, build it or name another."""


class EngineError(SimnetError, ConnectionError):
    """No Docker engine answers, or it refused. ``simnet doctor`` says what is missing."""


class DeadlineError(SimnetError, TimeoutError):
    """A state was not reached in time. The message says which state was seen last."""


class NodeError(SimnetError, RuntimeError):
    """A node ended or never became ready. The message carries exit code, OOM flag and the log's last lines."""


class FaultError(SimnetError, RuntimeError):
    """A fault did not take hold or did not heal: what was read back differs from what was asked."""


class RpcError(SimnetError, RuntimeError):
    """A node answered a JSON-RPC call with an error, or did not answer."""


class ExtrinsicError(SimnetError, RuntimeError):
    """A chain refused an extrinsic, or dispatched it with an error."""


class MessageError(SimnetError, RuntimeError):
    """A cross-chain message that was to arrive cannot any more: its sender's chain refused it, its recipient failed to
    process it, or it was discarded. Wait for the state ``ended`` where that is meant."""


class UpgradeError(SimnetError, RuntimeError):
    """New code cannot get into a chain any more: its runtime refused it, or validators that cannot prepare it did. The
    message says which, and in which block."""


class UnknownFieldError(InputError, AttributeError, KeyError):
    """A decoded struct or an event has no field of that name. The message says what was probably meant."""

    __str__ = Exception.__str__  # a KeyError's is its repr


class JournalError(InputError):
    """A run folder's journal is missing, cut short or of an unknown version."""


class StorageError(SimnetError, OSError):
    """A file of the run could not be written, such as on a full disk. What was written before is in its folder."""


class HostError(SimnetError, RuntimeError):
    """The runtime host was asked for what it cannot do: code that is no runtime, a function that a runtime lacks, a
    transaction that is not open. The message says which."""


class HostLimitError(SimnetError, RuntimeError):
    """A runtime needs more than simnet's host has and real nodes give: how it would end there cannot be told here."""


_PANIC = re.compile(r"panicked at (?P<file>\S+?):(?P<line>\d+):\d+:\n(?P<said>.*)", re.DOTALL)
"""What Rust's panic handler writes. The file's path is that of the machine which built the runtime."""

_CRATE = re.compile(r"(?:.*/)?(?P<crate>[\w.+-]+)/src/(?P<file>.+)")

_TRACE = re.compile(r"\s*(?:WASM backtrace:|error while executing at wasm backtrace:|stack backtrace:).*", re.DOTALL)
"""What wasmtime, and nodes after it, write of the way to a trap: addresses, which say nothing to anybody."""

_MOST_SAID = 300
"""Letters of a panic message: some carry whole values with them."""


def panic_in_line(text: str) -> str:
    """What a runtime or node says of its end in one line: first what is wrong, then in which crate; no backtrace."""
    text = _TRACE.sub("", text).strip()
    panic = _PANIC.search(text)
    said = printable(" ".join((panic["said"] if panic else text).split()))
    said = said if len(said) <= _MOST_SAID else said[:_MOST_SAID].rstrip() + " …"
    if panic is None:
        return said
    place = _CRATE.fullmatch(panic["file"])
    file = f"{place['file']} of {place['crate']}" if place else panic["file"].rpartition("/")[2]
    return f"{said} (line {panic['line']} of {file})"


def printable(text: str) -> str:
    """Words of others as a terminal may show them: with escapes for what is no letter, sign or space."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


class RuntimeTrap(SimnetError, RuntimeError):  # noqa: N818 - a trap is what WASM calls it
    """A runtime panicked or ran into a limit. ``message`` is its own panic message where it left one; the state that it
    was called on is as before. Look at the arguments, and at the runtime's logs."""

    def __init__(self, *, runtime: str, function: str, message: str) -> None:
        self.runtime = runtime
        self.function = function
        self.message = message
        super().__init__(f"{self.cause} ({runtime} trapped in {function})")

    @property
    def cause(self) -> str:
        """In one line: what the runtime said, and where in which crate it said so."""
        return panic_in_line(self.message)

    @property
    def crate(self) -> str | None:
        """Name of the crate in which the runtime panicked, without its version."""
        panic = _PANIC.search(self.message)
        place = _CRATE.fullmatch(panic["file"]) if panic else None
        return re.sub(r"-\d[\w.+-]*$", "", place["crate"]) if place else None
