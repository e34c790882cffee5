"""Running iptables and tc."""

from __future__ import annotations

import subprocess

_TIMEOUT = 10.0
"""Seconds. Each command takes milliseconds; a hanging one must not hold up the control connection for ever."""


def run(*command: str, text: str = "") -> str:
    """Standard output of a command that reads ``text``; raises :class:`OSError` with its error output when it fails."""
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        raise OSError(f"{' '.join(command)} did not end within {_TIMEOUT:g}s") from None
    if done.returncode != 0:
        raise OSError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
