"""Scenario and network files: read, checked as a whole, and turned into the models.

Problems come in two waves, as from a compiler: first what cannot be read (keys, types, units, rules of one mapping),
then, when everything reads well, what contradicts itself (names of nodes, chains, faults and labels). Callers who know
more than files tell add a third, :mod:`simnet.preflight`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import ValidationError, model_validator

from simnet.errors import InputError, Problem, ScenarioError
from simnet.fields import KeyPath
from simnet.regular_files import TEXT, read_regular
from simnet.scenario._contradictions import Contradiction
from simnet.scenario._explain import explain, misfits, split_hint
from simnet.scenario._file_schema import FileSchema, found
from simnet.scenario._files import Files
from simnet.scenario._network_contradictions import in_network
from simnet.scenario._overrides import Overriding, name_overrides, read_overrides
from simnet.scenario._positions import MappingNode, ScalarNode, Tree, locate, plain, with_paths
from simnet.scenario.mistakes import Mistake
from simnet.scenario.model import Model
from simnet.scenario.network_spec import NetworkSpec
from simnet.scenario.scenario import Scenario
from simnet.scenario.schema import bare_schema

_M = TypeVar("_M", bound=Model)


def top_keys(path: Path) -> set[str]:
    """The keys of a file's mapping; none of what is no such file, since loading it says what is wrong."""
    try:
        node = yaml.compose(read_regular(path, TEXT).decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return set()
    keys = [key for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    return {str(key.value) for key in keys if isinstance(key, yaml.ScalarNode)}


def load_plain(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file as dicts, lists and scalars; raises as :func:`load_scenario`."""
    files = Files()
    tree = files.root(Path(path))
    files.check()
    data: dict[str, Any] = plain(tree)
    return data


class _DraftNetwork(NetworkSpec):
    """A network that may contradict itself, so that each contradiction can be told at its place."""

    @model_validator(mode="after")
    def _consistent(self) -> _DraftNetwork:
        return self


class _DraftScenario(Scenario):
    network: _DraftNetwork = _DraftNetwork()

    @model_validator(mode="after")
    def _consistent(self) -> _DraftScenario:
        return self


def load_scenario(
    path: Path | str,
    *,
    overrides: Sequence[str] = (),
    further: Callable[[Scenario], Iterable[Mistake]] = lambda _: (),
) -> Scenario:
    """The scenario in a YAML file, with the network file that it names and ``key=value`` overrides.

    ``further`` finds mistakes in a scenario that is sound in itself. Raises :class:`~simnet.errors.ScenarioError` with
    every mistake at its place, and :class:`~simnet.errors.InputError` when there is no such file.
    """
    loader = _Loader(Scenario, _DraftScenario, FileSchema(bare_schema(Scenario)), ("network",), _in_scenario, further)
    return loader.load(Path(path), overrides)


def load_network(
    path: Path | str,
    overrides: Sequence[str] = (),
    *,
    further: Callable[[NetworkSpec], Iterable[Mistake]] = lambda _: (),
) -> NetworkSpec:
    """The network in a YAML file, with the files that it uses; as :func:`load_scenario`."""
    loader = _Loader(NetworkSpec, _DraftNetwork, FileSchema(bare_schema(NetworkSpec)), (), in_network, further)
    return loader.load(Path(path), overrides)


_UNREAD = Scenario(name="unread")
"""Stands for a base with mistakes, so that those of the file that names it are told as well."""


def load_on_base(
    path: Path,
    model: type[_M],
    draft: type[_M],
    shape: dict[str, Any],
    *,
    contradictions: Callable[[_M], Iterable[Mistake]],
    renamed: Mapping[str, str],
    further: Callable[[Scenario], Iterable[Mistake]] = lambda _: (),
) -> _M:
    """A YAML file of a model whose ``base`` is a scenario, of which the file has the path, relative to itself.

    ``draft`` is the model without the rules that ``contradictions`` finds one by one, ``shape`` the schema of files,
    ``renamed`` keys by the names that they once had. ``further`` as for :func:`load_scenario`, in the base. Raises
    :class:`~simnet.errors.ScenarioError` with every mistake of either file at its place.
    """
    files, schema = Files(), FileSchema(shape)
    tree = files.root(path)
    for old, new in renamed.items():
        if old in tree.entries:
            files.problems.append(tree.entries[old].key_position.problem(f"{old} is called {new}"))
            tree = tree.without(old)
    based = {"base": _base(tree, files, further)} if "base" in tree.entries else {}
    data, context = {**plain(tree), **based}, {"file": True}
    try:
        drafted = draft.model_validate(data, context=context, by_alias=True, by_name=False)
    except ValidationError as error:
        files.problems += explain(error, tree, schema)
        drafted = None
    told = {_point(problem) for problem in files.problems}
    files.check(problem for problem in misfits(tree, schema) if _point(problem) not in told)
    assert drafted is not None
    files.check(_problem(tree, mistake) for mistake in contradictions(drafted))
    return model.model_validate(data, context=context, by_alias=True, by_name=False)


def _base(tree: MappingNode, files: Files, further: Callable[[Scenario], Iterable[Mistake]]) -> Scenario:
    """The scenario that ``base`` names; one that cannot be read is a problem of the files, and stood for."""
    name = tree.entries["base"].value
    if not isinstance(name, ScalarNode) or not isinstance(name.value, str):
        files.problems.append(name.position.problem(f"expected the path of a scenario file, found {found(name)}"))
        return _UNREAD
    try:
        return load_scenario(name.position.file.parent / name.value, further=further)
    except ScenarioError as error:
        files.problems += error.problems
    except InputError as error:
        files.problems.append(name.position.problem(str(error)))
    return _UNREAD


def _in_scenario(scenario: Scenario) -> list[Contradiction]:
    """A network that contradicts itself has no topology, so the rest waits until it is sound."""
    network = [(("network", *place), message) for place, message in in_network(scenario.network)]
    return network or scenario.contradictions()


@dataclass(frozen=True)
class _Loader(Generic[_M]):
    """Loads files of one kind. ``draft`` is its model without the rules that ``contradictions`` finds one by one."""

    model: type[_M]
    draft: type[_M]
    shape: FileSchema
    network: KeyPath
    contradictions: Callable[[_M], list[Contradiction]]
    further: Callable[[_M], Iterable[Mistake]]

    def load(self, path: Path, overrides: Sequence[str]) -> _M:
        try:
            files = Files()
            return self._checked(self._tree(path, overrides, files), files)
        except ScenarioError as error:
            raise ScenarioError(name_overrides(error.problems, overrides)) from None

    def _tree(self, path: Path, texts: Sequence[str], files: Files) -> Tree:
        """The file with networks and overrides in place."""
        tree: Tree = files.root(path)
        problems: list[Problem] = []
        overrides = read_overrides(texts, problems)
        overriding = Overriding(self.shape, self.network, problems)
        # Another network replaces the file's before it is opened; all else may concern what stands in it.
        whole = [self.network, (*self.network, "use")]
        for override in overrides:
            if override.keys in whole:
                tree = overriding.apply(tree, override)
        before = len(files.problems)
        tree = self._with_network(tree, files)
        complete = len(files.problems) == before
        for override in overrides:
            inside = override.keys[: len(self.network)] == self.network
            if override.keys not in whole and (complete or not inside):
                tree = overriding.apply(tree, override)
        files.problems += problems
        return tree

    def _with_network(self, tree: Tree, files: Files) -> Tree:
        if not self.network:
            return with_paths(files.network(tree))
        assert isinstance(tree, MappingNode)
        entry = tree.entries.get("network")
        if entry is not None:
            tree = tree.with_value("network", files.network(entry.value), entry.key_position)
        return with_paths(tree)

    def _checked(self, tree: Tree, files: Files) -> _M:
        draft, problems = self._validated(self.draft, tree)
        unread = {_point(problem) for problem in files.problems}
        found = [*problems, *misfits(tree, self.shape)]
        files.check(problem for problem in found if _point(problem) not in unread)
        assert draft is not None
        files.check(
            locate(tree, where).position.problem(*split_hint(message)) for where, message in self.contradictions(draft)
        )
        model, problems = self._validated(self.model, tree)
        files.check(problems)
        assert model is not None
        files.check(_problem(tree, mistake) for mistake in self.further(model))
        return model

    def _validated(self, model: type[_M], tree: Tree) -> tuple[_M | None, list[Problem]]:
        try:
            return model.model_validate(plain(tree), context={"file": True}, by_alias=True, by_name=False), []
        except ValidationError as error:
            return None, explain(error, tree, self.shape)


def _problem(tree: Tree, mistake: Mistake) -> Problem:
    spot = locate(tree, mistake.way)
    place = spot.key_position if mistake.of_key and spot.key_position is not None else spot.position
    return place.problem(*split_hint(mistake.message))


def _point(problem: Problem) -> tuple[Path, int, int]:
    return problem.file, problem.line, problem.column
