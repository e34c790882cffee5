"""What can be known of the packages that developers and CI install: ``python -m provenance.audit``.

Without a network: that the lock has each direct dependency within its bounds, with digests, that what is installed is
what the lock says, fits together, and has the content that its packages recorded. With one: known vulnerabilities.

Exit code 0: nothing was found, and every locked package was looked up. 1: something was found. 4: nothing was found,
but not every package could be looked up; pip-audit calls that free of vulnerabilities, and its word is not taken.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.utils import canonicalize_name

from provenance.packages import LOCK, LockedPackage, direct, locked, unlocked

INCONCLUSIVE = 4


@dataclass(frozen=True)
class Known:
    """What a service of vulnerabilities says of the lock. ``unasked``: packages of which it knows nothing at all."""

    found: tuple[str, ...]
    unasked: tuple[str, ...]


def not_as_locked(packages: list[LockedPackage], installed: dict[str, str]) -> list[str]:
    """Installed packages, version by name, of which the lock names no such version."""
    versions: dict[str, set[str]] = {}
    for one in packages:
        versions.setdefault(one.name, set()).add(one.version)
    return [
        f"{name} {version} is installed, and the lock has {' or '.join(sorted(versions[name])) or 'none'}"
        for name, version in sorted(installed.items())
        if version not in versions.setdefault(name, set())
    ]


def altered(distribution: Distribution) -> list[str]:
    """Files of an installed package whose content is not what it recorded when it was installed."""
    out = []
    for file in distribution.files or ():
        if file.hash is None:
            continue
        try:
            content = Path(str(file.locate())).read_bytes()
        except OSError:
            out.append(f"{file} is not there")
            continue
        digest = base64.urlsafe_b64encode(hashlib.new(file.hash.mode, content).digest()).rstrip(b"=").decode()
        if digest != file.hash.value:
            out.append(f"{file} was altered after it was installed")
    return out


def known_of(report: str) -> Known:
    """What pip-audit's report in JSON says; raises :class:`ValueError` for what is no such report."""
    try:
        packages = json.loads(report)["dependencies"]
        found = [
            f"{one['name']} {one['version']}: {bug['id']}, mended in {', '.join(bug['fix_versions']) or 'no version'}"
            for one in packages
            for bug in one.get("vulns", ())
        ]
        unasked = [one["name"] for one in packages if "vulns" not in one]
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no report of pip-audit: {error!r}") from error
    return Known(tuple(found), tuple(unasked))


def _offline() -> Iterator[tuple[str, list[str]]]:
    """What is looked at on this machine, and what of that is wrong."""
    own = {"pip", "setuptools", "polkadot-simnet"}
    installed = [one for one in distributions() if canonicalize_name(one.metadata["Name"]) not in own]
    versions: dict[str, str] = {canonicalize_name(one.metadata["Name"]): one.version for one in installed}
    yield "the lock has every direct dependency within its bounds", unlocked(direct(), locked())
    yield "what is installed is what the lock says", not_as_locked(locked(), versions)
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    yield "what is installed fits together", done.stdout.splitlines() if done.returncode else []
    yield "installed files are as their packages recorded them", [line for one in installed for line in altered(one)]


def _online() -> tuple[str, list[str], str | None]:
    """What was looked up, what was found, and why it is not the whole answer."""
    command = [
        sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--requirement", str(LOCK),
        "--progress-spinner", "off", "--format", "json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    what = "known vulnerabilities of locked packages"
    try:
        known = known_of(done.stdout)
    except ValueError:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return what, [], f"no service of vulnerabilities answers: {said}"
    count = len(known.unasked)
    why = f"the service knows nothing of {count} of the locked packages, of {known.unasked[0]} first" if count else None
    return what, list(known.found), why


def main() -> int:
    code = 0
    for what, wrong in _offline():
        print(f"{'failed' if wrong else 'held':12} {what}", *(f"    {line}" for line in wrong), sep="\n")
        code = code or int(bool(wrong))
    what, found, why = _online()
    status = "failed" if found else "inconclusive" if why else "held"
    print(f"{status:12} {what}", *(f"    {line}" for line in (*found, *([why] if why else []))), sep="\n")
    return 1 if found or code else INCONCLUSIVE if why else 0


if __name__ == "__main__":
    sys.exit(main())
