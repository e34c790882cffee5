"""Finding the scenario files that a command line names: files, folders, and scenarios of the library by name.

What is below a folder is looked for everywhere but in folders of runs, whatever they are called, and in those whose
names begin with a dot.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence, Set
from functools import partial
from pathlib import Path
from typing import TypeVar

from simnet.errors import InputError, Problem, ScenarioError
from simnet.network.topology import nearest
from simnet.paths import shown
from simnet.preflight import in_network, in_scenario
from simnet.providers.base import Provider, writes_blocks
from simnet.run_file import JOURNAL_FILE, RUN_FILE
from simnet.scenario import NetworkSpec, Scenario
from simnet.scenario.loader import load_network, load_scenario, top_keys

_PACKAGE = Path(__file__).parent.parent
_LIBRARIES = (_PACKAGE / "library", _PACKAGE.parent / "scenarios")
"""Where an installed simnet has its scenarios, and where a checkout has them."""

_T = TypeVar("_T")


def library() -> dict[str, Path]:
    """The scenarios that come with simnet, by the name that `simnet run` takes: their path there without the suffix."""
    folder = _library_folder()
    if folder is None:
        return {}
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path for path in _yaml_files(folder) if _is_scenario(path)
    }


def in_words(path: Path) -> str:
    """What a command line calls a scenario that was found: its name in the library, else its path."""
    folder = _library_folder()
    if folder is not None and path.is_relative_to(folder):
        return path.relative_to(folder).with_suffix("").as_posix()
    return shown(path)


def find(names: Sequence[str]) -> list[Path]:
    """The files that the names stand for, each once: a file, every file in a folder and below, or a library scenario.

    Raises :class:`InputError` that lists every name that stands for nothing.
    """
    found: dict[Path, None] = {}
    wrong = []
    for name in names:
        try:
            found |= dict.fromkeys(_find_one(name))
        except InputError as error:
            wrong.append(str(error))
    if wrong:
        raise InputError("\n".join(wrong))
    return list(found)


def find_scenarios(names: Sequence[str]) -> list[Path]:
    """As :func:`find`, leaving out files of networks and spaces in folders; one that is named itself is an error."""
    for name in names:
        keys = top_keys(Path(name)) if Path(name).is_file() else set()
        if _of_network(keys):
            raise InputError(f"{name} is a network, in which nothing happens; `simnet up {name}` starts it")
        if _of_space(keys):
            raise InputError(f"{name} is the space of a search, not one scenario; `simnet search {name}` searches it")
    return [path for path in find(names) if _is_scenario(path)]


def named_files(names: Sequence[str]) -> set[Path]:
    """Those of :func:`find` that are named themselves, not found in a folder."""
    return {path for name in names if not Path(name).is_dir() for path in _find_one(name)}


def load_each(
    paths: Sequence[Path], overrides: Sequence[str] = (), provider: Provider | None = None
) -> list[Scenario | NetworkSpec]:
    """As :func:`load_any`; raises :class:`ScenarioError` with the problems of all files together."""
    return _each(paths, lambda path: load_any(path, overrides, provider))


def load_any(path: Path, overrides: Sequence[str] = (), provider: Provider | None = None) -> Scenario | NetworkSpec:
    """What the file holds, told by its keys; of the space of a search its base, once the whole is without mistakes.
    A scenario is for that provider, or for any.

    Raises :class:`InputError` for overrides of a space, which takes none.
    """
    if is_space(path):
        from simnet.search.space_file import load_space  # noqa: PLC0415 - loads Hypothesis

        if overrides:
            raise InputError(f"{path} is the space of a search, of which --set changes nothing; leave --set out")
        return load_space(path).base
    if is_network(path):
        return load_network(path, overrides, further=in_network)
    writes = provider is None or writes_blocks(provider)
    return load_scenario(path, overrides=overrides, further=partial(in_scenario, writes_blocks=writes))


def is_space(path: Path) -> bool:
    """Whether a file holds a space: a mapping with ``base``, which neither scenarios nor networks have."""
    return _of_space(top_keys(path))


def is_network(path: Path) -> bool:
    """Whether a file holds a network alone: it has keys of a network and none that only a scenario has."""
    return _of_network(top_keys(path))


def _is_scenario(path: Path) -> bool:
    keys = top_keys(path)
    return not _of_network(keys) and not _of_space(keys)


def _of_space(keys: Set[str]) -> bool:
    return "base" in keys


def _of_network(keys: Set[str]) -> bool:
    return bool(keys & {"use", *NetworkSpec.model_fields}) and not keys & Scenario.model_fields.keys()


def _each(paths: Iterable[Path], load: Callable[[Path], _T]) -> list[_T]:
    loaded: list[_T] = []
    problems: dict[Problem, None] = {}
    for path in paths:
        try:
            loaded.append(load(path))
        except ScenarioError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise ScenarioError(list(problems))
    return loaded


def _library_folder() -> Path | None:
    return next((one for one in _LIBRARIES if one.is_dir()), None)


def _find_one(name: str) -> list[Path]:
    if not name.strip():
        raise InputError("a path is empty; `.` is the folder that you are in")
    path = Path(name)
    if path.is_dir():
        files = _yaml_files(path)
        if not files:
            raise InputError(f"the folder {path} has no .yaml file")
        return files
    if path.exists():
        return [path]
    shipped = _in_library(name)
    if shipped is not None:
        return [shipped]
    if path.suffix in (".yaml", ".yml"):
        siblings = [str(file) for file in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        raise InputError(f"there is no file {path}{nearest(name, siblings)}")
    raise InputError(
        f"{name!r} is neither a file, nor a folder, nor a scenario of the library{nearest(name, library())}"
    )


def _in_library(name: str) -> Path | None:
    """The file of a scenario of that name. Only it is read: the whole library takes longer than some runs."""
    folder = _library_folder()
    if folder is None or ".." in Path(name).parts:
        return None
    files = (folder / f"{name}{suffix}" for suffix in (".yaml", ".yml"))
    return next((file for file in files if file.is_file() and _is_scenario(file)), None)


def _yaml_files(folder: Path) -> list[Path]:
    found = []
    for where, below, names in os.walk(folder):
        below[:] = [name for name in below if not name.startswith(".") and not _is_run(Path(where, name))]
        found += [Path(where, name) for name in names if name.endswith((".yaml", ".yml"))]
    return sorted(path for path in found if path.is_file())


def _is_run(folder: Path) -> bool:
    """Of a run, or of what a search found, which has a journal as well."""
    return any((folder / name).exists() for name in (JOURNAL_FILE, RUN_FILE))
