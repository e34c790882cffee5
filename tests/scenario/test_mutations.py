"""Valid files, changed in one place: the loader names that place, and raises nothing but ScenarioError.

Places are computed from the text that was changed, so they do not depend on what the loader thinks.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simnet.errors import InputError, Problem, ScenarioError
from simnet.fields import KeyPath
from simnet.scenario._file_schema import FileSchema
from simnet.scenario._positions import MappingNode, Position, ScalarNode, SequenceNode, Tree, parts
from simnet.scenario._yaml import read_yaml, write_yaml
from simnet.scenario.loader import load_network, load_scenario
from simnet.scenario.network_spec import NetworkSpec
from simnet.scenario.scenario import Scenario
from simnet.scenario.schema import bare_schema

ROOT = Path(__file__).parents[2]
FILES = {
    "scenarios/quickstart.yaml": "scenarios/quickstart.yaml",
    "scenarios/networks/two-regions.yaml": "scenarios/quickstart.yaml",
    "tests/scenario/data/rich.yaml": "tests/scenario/data/rich.yaml",
    "tests/scenario/data/three-regions.yaml": "tests/scenario/data/rich.yaml",
}
"""Each file that is changed, and the scenario through which it is loaded."""

few = settings(max_examples=40, deadline=None)


@dataclass(frozen=True)
class Site:
    """One key of a file and its value. ``mapping`` is where the mapping that holds it begins."""

    file: str
    text: str
    where: KeyPath
    position: Position
    value: Tree
    mapping: Position
    alone: bool
    """Whether the mapping holds nothing else."""

    @property
    def key(self) -> str:
        return str(self.where[-1])

    @property
    def shape(self) -> FileSchema:
        return FileSchema(bare_schema(NetworkSpec if "regions" in self.file else Scenario))

    @property
    def line(self) -> str:
        return self.text.splitlines()[self.position.line - 1]

    @property
    def in_braces(self) -> bool:
        before = self.line[: self.position.column - 1]
        return before.count("{") > before.count("}")

    @property
    def is_scalar(self) -> bool:
        """Whether the value is one word, number or text on the key's own line."""
        return isinstance(self.value, ScalarNode) and not self.line.endswith((">", "|", ":"))


def sites() -> Iterator[Site]:
    for file in FILES:
        text = (ROOT / file).read_text()
        tree = read_yaml(text, Path(file), [])
        assert tree is not None
        for where, part in parts(tree):
            if not isinstance(part, MappingNode):
                continue
            for key, entry in part.entries.items():
                if entry.key_position.line >= part.position.line:  # else it is merged in, and stands elsewhere
                    yield Site(
                        file,
                        text,
                        (*where, key),
                        entry.key_position,
                        entry.value,
                        part.position,
                        len(part.entries) == 1,
                    )


SITES = list(sites())
CLOSED = [site for site in SITES if site.key in (site.shape.keys(site.where[:-1]) or ())]
SCALARS = [site for site in CLOSED if site.is_scalar]
WITH_UNIT = [
    site
    for site in SCALARS
    if isinstance(site.value, ScalarNode) and re.fullmatch(r"[\d.]+ ?[a-zA-Z%/]+", str(site.value.value))
]
SELECTED = [
    (site, leaf)
    for site in CLOSED
    if (site.key in ("targets", "groups", "start") or (site.key in ("from", "to") and "send" not in site.where))
    and "channels" not in site.where
    for leaf in (part for _, part in parts(site.value))
    if isinstance(leaf, ScalarNode)
]
REQUIRED = {"id", "from", "to", "targets", "groups", "fault"}
NEEDED = [
    site
    for site in SCALARS
    if site.key in REQUIRED or site.where == ("name",) or (site.key == "name" and "validators" in site.where)
]


def replaced(text: str, position: Position, length: int, new: str) -> str:
    """The text with so many characters at that position replaced."""
    lines = text.splitlines(keepends=True)
    line = lines[position.line - 1]
    lines[position.line - 1] = line[: position.column - 1] + new + line[position.column - 1 + length :]
    return "".join(lines)


def length_of(leaf: ScalarNode, text: str) -> int:
    """How many characters a scalar takes: to its closing quote, or to what ends it."""
    rest = text.splitlines()[leaf.position.line - 1][leaf.position.column - 1 :]
    match = re.match(r'"[^"]*"|[^,\]}#]+', rest)
    assert match is not None
    return len(match[0].rstrip())


def load_changed(file: str, text: str) -> list[Problem]:
    """What is wrong once that file has this text; nothing when it loads."""
    with tempfile.TemporaryDirectory() as folder:
        for name in FILES:
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, Path(folder) / name)
        (Path(folder) / file).write_text(text)
        try:
            load_scenario(Path(folder) / FILES[file])
        except ScenarioError as error:
            problems = list(error.problems)
            assert all(problem.file.is_relative_to(folder) for problem in problems)
            return [problem for problem in problems if problem.file == Path(folder) / file]
        return []


def at(problems: list[Problem]) -> list[tuple[int, int]]:
    return [(problem.line, problem.column) for problem in problems]


@few
@given(st.data())
def test_a_misspelt_key_is_named_with_the_right_one(data: st.DataObject) -> None:
    site = data.draw(st.sampled_from(CLOSED))
    cut = data.draw(st.integers(0, len(site.key)))
    wrong = data.draw(st.sampled_from([site.key[:cut] + "q" + site.key[cut:], site.key[:cut] + site.key[cut + 1 :]]))
    assume(wrong and wrong not in (site.shape.keys(site.where[:-1]) or ()))
    problems = load_changed(site.file, replaced(site.text, site.position, len(site.key), wrong))
    assert at(problems) == [(site.position.line, site.position.column)]
    assert problems[0].message == f"unknown key {wrong!r}"
    assert len(wrong) < 3 or problems[0].hint == f"did you mean {site.key!r}?"


@few
@given(st.sampled_from(WITH_UNIT))
def test_a_unit_left_away(site: Site) -> None:
    assert isinstance(site.value, ScalarNode)
    bare = re.sub(r"[^\d.]", "", str(site.value.value))
    problems = load_changed(site.file, replaced(site.text, site.value.position, length_of(site.value, site.text), bare))
    assert at(problems) == [(site.value.position.line, site.value.position.column)]
    assert "unit" in problems[0].message


@few
@given(st.sampled_from(SELECTED))
def test_a_node_that_does_not_exist(chosen: tuple[Site, ScalarNode]) -> None:
    site, leaf = chosen
    problems = load_changed(site.file, replaced(site.text, leaf.position, length_of(leaf, site.text), "nobody"))
    assert at(problems) == [(leaf.position.line, leaf.position.column)]
    assert problems[0].message == "'nobody' stands for no node"


@few
@given(st.sampled_from(SCALARS), st.sampled_from(["{zzz: 1}", "[[zzz]]"]))
def test_a_value_of_another_kind(site: Site, wrong: str) -> None:
    assert isinstance(site.value, ScalarNode)
    assume(not site.shape.admits(site.where, "object" if wrong.startswith("{") else "array"))
    problems = load_changed(
        site.file, replaced(site.text, site.value.position, length_of(site.value, site.text), wrong)
    )
    assert at(problems) == [(site.value.position.line, site.value.position.column)]
    assert problems[0].message.startswith("expected ")


@few
@given(st.sampled_from(NEEDED))
def test_a_key_left_away(site: Site) -> None:
    assert isinstance(site.value, ScalarNode)
    end = site.value.position.column + length_of(site.value, site.text) - site.position.column
    if site.in_braces:
        rest = site.line[site.position.column - 1 + end :]
        text = replaced(site.text, site.position, end + len(rest) - len(rest.lstrip(", ")), "")
        text = re.sub(r", *}", "}", text)
    else:
        assume(site.line.strip().startswith(site.key) and not site.alone)
        text = replaced(site.text, site.position, len(site.line) - site.position.column + 1, "# gone")
    problems = load_changed(site.file, text)
    told = [problem for problem in problems if problem.message == f"missing key {site.key!r}"]
    assert told
    assert told[0].column == site.mapping.column
    assert told[0].line == site.mapping.line or not site.in_braces


@few
@given(st.sampled_from(SITES))
def test_a_key_that_stands_twice(site: Site) -> None:
    if site.in_braces:
        again, line, column = f"{site.key}: 0, ", site.position.line, site.position.column + len(site.key) + 5
    else:
        again, line, column = (
            f"{site.key}: 0\n" + " " * (site.position.column - 1),
            site.position.line + 1,
            site.position.column,
        )
    problems = load_changed(site.file, replaced(site.text, site.position, 0, again))
    twice = [problem for problem in problems if "stands twice" in problem.message]
    assert at(twice) == [(line, column)]
    assert twice[0].hint == f"first on line {site.position.line}"


def test_every_kind_of_change_has_places_to_change() -> None:
    assert {len(some) > 10 for some in (CLOSED, SCALARS, WITH_UNIT, SELECTED, NEEDED)} == {True}
    assert any(isinstance(site.value, SequenceNode) for site in CLOSED)


@pytest.mark.parametrize("file", FILES)
def test_unchanged_files_load(file: str) -> None:
    assert load_changed(file, (ROOT / file).read_text()) == []


# From here on, anything at all: nothing but an InputError may come out.


def survives(text: str, overrides: tuple[str, ...] = ()) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "any.yaml"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        for load in (lambda: load_scenario(file, overrides=overrides), lambda: load_network(file, overrides)):
            try:
                load()
            except InputError as error:
                assert str(error)


@few
@given(st.text())
def test_arbitrary_text(text: str) -> None:
    survives(text)


@few
@given(st.text(alphabet="ab:-?#&*!|>'\"%@`{}[],~<=\n\t 10.\\x"))
def test_arbitrary_text_of_yaml_signs(text: str) -> None:
    survives(text)


KEYS = sorted({str(site.where[-1]) for site in SITES} | {"use", "<<", "state", "within", "resources", "provider"})
SCRAPS = sorted({str(site.value.value) for site in SITES if isinstance(site.value, ScalarNode)})
scraps = st.none() | st.booleans() | st.integers(-2, 3000) | st.floats(-1, 9) | st.sampled_from([*SCRAPS, "60s", "all"])
documents = st.recursive(
    scraps,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


@few
@given(st.dictionaries(st.sampled_from(["name", "network", "steps", "schedule", "expect", "relay"]), documents))
def test_arbitrary_documents(data: dict[str, object]) -> None:
    survives(write_yaml({"name": "x", **data}))


@few
@given(st.data())
def test_a_valid_file_with_something_put_into_one_place(data: st.DataObject) -> None:
    site = data.draw(st.sampled_from(SITES))
    new = write_yaml([data.draw(documents)]).strip().removeprefix("[").removesuffix("]").removeprefix("- ")
    if isinstance(site.value, ScalarNode):
        load_changed(site.file, replaced(site.text, site.value.position, length_of(site.value, site.text), new))


@few
@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_valid_file_with_a_piece_cut_out_or_put_in(file: str, data: st.DataObject) -> None:
    text = (ROOT / file).read_text()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    piece = data.draw(st.text(alphabet="{}[]:,-&*<> \n\tab01'\"", max_size=5))
    load_changed(file, text[:start] + piece + text[end:])


pieces = st.sampled_from([*KEYS, "0", "1", "alice", "2000", "x", ""])


@few
@given(st.lists(pieces, max_size=6), st.text(max_size=3) | documents.map(lambda data: write_yaml([data]).strip()))
def test_arbitrary_overrides(keys: list[str], value: str) -> None:
    for file, load in (("data/rich.yaml", load_scenario), ("data/three-regions.yaml", load_network)):
        try:
            load(Path(__file__).parent / file, overrides=[f"{'.'.join(keys)}={value}"])
        except InputError as error:
            assert str(error)
