"""What other distributions bring is taken, or refused with the name of who brings it."""

from __future__ import annotations

import subprocess
import sys
from abc import abstractmethod
from dataclasses import dataclass
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import ClassVar

import pytest

from simnet import extensions
from simnet.errors import ExtensionError
from simnet.extensions import FAULTS, PROVIDERS, Kinds, brought
from simnet.faults import KINDS, Fault, Stop
from simnet.faults._known_faults import _WORDS
from simnet.providers import registry
from simnet.scenario import Change, Inject, Step, WindowSpec
from simnet.testing import ToyProvider
from tests.examples.installed import Installed


@dataclass(frozen=True, kw_only=True)
class Nap(Stop):
    kind: ClassVar[str] = "nap"


@dataclass(kw_only=True, frozen=True)
class Vague(Stop):
    kind: ClassVar[str] = "vague"

    @abstractmethod
    def how(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Class(Stop):
    kind: ClassVar[str] = "class"


class Undecorated(Stop):
    kind: ClassVar[str] = "undecorated"


class Nameless(ToyProvider):
    name = "other"


def found(monkeypatch: pytest.MonkeyPatch, *entries: tuple[str, str, str]) -> None:
    """Has these entry points found: group, name, value."""
    points = EntryPoints(EntryPoint(name=name, value=value, group=group) for group, name, value in entries)
    monkeypatch.setattr(extensions, "_all_entry_points", lambda: points)


def kinds() -> Kinds[Fault]:
    return Kinds(FAULTS, Fault, (Stop,), reserved=("wait",))


def test_one_of_simnets_own_loads_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, (FAULTS, "nap", "nowhere:Nap"))
    assert kinds()["stop"] is Stop
    with pytest.raises(ExtensionError, match="nowhere"):
        list(kinds())


def test_what_is_brought_comes_after_simnets_own(monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, (FAULTS, "nap", f"{__name__}:Nap"))
    known = kinds()
    assert list(known) == ["stop", "nap"]
    assert known["nap"] is Nap
    assert "nape" not in known


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("nap", "nowhere:Nap", "cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"),
        ("nap", f"{__name__}:Gone", "cannot be loaded: AttributeError"),
        ("nap", f"{__name__}:found", "is no Fault"),
        ("snooze", f"{__name__}:Nap", "has the kind 'nap'; kind and entry point have one name"),
        ("stop", f"{__name__}:Nap", "a name that is taken"),
        ("wait", f"{__name__}:Nap", "a name that is taken"),
        ("copy", f"{__name__}:Nap", "a name that is taken"),
        ("vague", f"{__name__}:Vague", "lacks how"),
        ("undecorated", f"{__name__}:Undecorated", "no frozen dataclass"),
        ("class", f"{__name__}:Class", "no word of letters"),
    ],
)
def test_a_fault_that_cannot_be_used_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    found(monkeypatch, (FAULTS, name, value))
    with pytest.raises(ExtensionError, match=told) as raised:
        list(kinds())
    assert f"brings {FAULTS} '{name}' ({value})" in str(raised.value)
    assert "uninstall that distribution" in str(raised.value)


def test_a_name_that_two_bring_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, (FAULTS, "nap", f"{__name__}:Nap"), (FAULTS, "nap", "elsewhere:Nap"))
    with pytest.raises(ExtensionError, match="uninstall one of them"):
        brought(FAULTS, ())


def test_no_fault_can_have_the_name_of_another_key() -> None:
    keys = {
        key
        for model in (Inject, Change, WindowSpec, Step)
        for name, field in model.model_fields.items()
        for key in (name, field.alias)
        if key is not None
    }
    assert keys - set(KINDS.own) <= set(_WORDS)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("simnet.testing:ToyNetwork", "gives no provider when it is called"),
        ("builtins:dict", "it lacks name, epoch, capabilities, plan, ignored, launch"),
        (f"{__name__}:Nameless", "calls itself 'other'"),
    ],
)
def test_a_provider_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, value: str, told: str) -> None:
    found(monkeypatch, (PROVIDERS, "mine", value))
    registry._brought.cache_clear()
    try:
        assert "mine" in registry.names()
        with pytest.raises(ExtensionError, match=told):
            registry.provider_named("mine")
    finally:
        registry._brought.cache_clear()


def broken(tmp_path: Path, module: str) -> Installed:
    """A distribution ``drill-kit`` with a fault in a module of this text."""
    project, site = tmp_path / "project", tmp_path / "site"
    project.mkdir()
    site.mkdir()
    (project / "drill_kit.py").write_text(module)
    (project / "pyproject.toml").write_text(
        '[project]\nname = "drill-kit"\nversion = "0.3"\n'
        '[project.entry-points."simnet.faults"]\nnap = "drill_kit:Nap"\n'
    )
    return Installed(project, site)


@pytest.mark.parametrize(
    ("module", "told"),
    [("1 / 0\n", "ZeroDivisionError"), ("from simnet.scenario import Step\n", "imports no more than simnet.faults")],
)
def test_the_command_line_tells_who_brings_what_is_broken(tmp_path: Path, module: str, told: str) -> None:
    done = broken(tmp_path, module).run("simnet", "validate", "quickstart", cwd=tmp_path)
    assert done.returncode == ExtensionError.exit_code
    assert "drill-kit 0.3 brings simnet.faults 'nap' (drill_kit:Nap)" in done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_fault_whose_module_asks_for_all_faults_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known = kinds()

    def asks(_: EntryPoint) -> object:
        return list(known)

    monkeypatch.setattr(extensions, "load", asks)
    found(monkeypatch, (FAULTS, "nap", f"{__name__}:Nap"))
    with pytest.raises(ExtensionError, match="imports no more than"):
        list(known)


def test_faults_and_checks_are_found_without_being_loaded_by_a_run_of_pytest() -> None:
    code = "import sys, simnet.pytest_plugin; print('simnet.extensions' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
