"""Files of spaces: what is wrong with them or their base is told at its place, and their schema is true of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from simnet.errors import InputError, ScenarioError
from simnet.faults import KINDS, Fault
from simnet.search.space import Space
from simnet.search.space_file import load_space
from simnet.search.space_schema import space_json_schema

BASE = "name: calm\nnetwork: {relay: {validators: 2}}\nsteps: [{wait: {for: 30s}}]\n"


def problems(folder: Path, text: str, base: str = BASE) -> list[str]:
    """What is wrong with a space's file of that text, ``line:column: message (hint)`` each, with the base's name before
    what is wrong there."""
    (folder / "base.yaml").write_text(base)
    file = folder / "space.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as raised:
        load_space(file)
    return [str(one).replace(f"{file}:", "").replace(f"{folder}/", "") for one in raised.value.problems]


def test_a_file_gives_the_space_that_it_says(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    file = tmp_path / "space.yaml"
    file.write_text("base: base.yaml\nkinds: [stop, kill]\nmax_windows: 2\nlength: 5 min\nsettle: 60s\n")
    space = load_space(file)
    assert (space.base.name, space.kinds, space.max_windows) == ("calm", ("stop", "kill"), 2)
    assert (space.length, space.settle, space.quiet_period) == (300.0, 60.0, 30.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kinds: [stop]\n", "1:1: missing key 'base'"),
        ("base: 3\n", "1:7: expected the path of a scenario file, found the number 3"),
        ("base: [x]\n", "1:7: expected the path of a scenario file, found a list"),
        ("base:\n", "1:6: expected the path of a scenario file, found nothing"),
        ("base: bas.yaml\n", "1:7: there is no file bas.yaml (did you mean 'base.yaml'?)"),
        ('base: "a\\0b"\n', "1:7: a\0b cannot be read: this cannot be a path"),
        ("base: base.yaml\nkinds: [stop, kil]\n", "2:15: no kind of fault is called 'kil' (did you mean 'kill'?)"),
        ("base: base.yaml\nkinds: []\n", "2:8: a space without kinds of faults has nothing to search"),
        ("base: base.yaml\nkinds: [snapshot]\n", "2:8: a search draws no snapshot"),
        ("base: base.yaml\nlength: 60s\n", "2:9: cases last 60 s and the last 180 s are without faults"),
        ("base: base.yaml\nlength: 600\n", "2:9: 600 is a duration without a unit (write for example 60s"),
        ("base: base.yaml\nlenght: 600s\n", "2:1: unknown key 'lenght' (did you mean 'length'?)"),
        ("base: base.yaml\nmax_windows: true\n", "2:14: expected a whole number, found true"),
        ("base: base.yaml\nmax_windows: 0\n", "2:14: expected at least 1, found the number 0"),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, text: str, told: str) -> None:
    (found,) = problems(tmp_path, text)
    assert found.startswith(told)


def test_mistakes_of_the_file_and_of_its_base_are_told_together(tmp_path: Path) -> None:
    found = problems(tmp_path, "base: base.yaml\nkinds: stop\nsetle: 60s\n", BASE.replace("wait:", "wiat:"))
    told = [one.partition(" (")[0] for one in found]
    assert told == ["3:1: unknown key 'setle'", "base.yaml:3:10: unknown key 'wiat'"]


def test_what_a_runtime_lacks_is_told_in_the_base(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "base: base.yaml\n", BASE.replace("wait: {for: 30s}", "submit: {call: Sytem.remark}"))
    assert found.startswith("base.yaml:3:25: the runtime has no pallet 'Sytem'")


def test_a_file_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        load_space(tmp_path / "space.yaml")


# -- the schema ----------------------------------------------------------------------------------------------------


def fits(text: str) -> bool:
    return jsonschema.Draft202012Validator(space_json_schema()).is_valid(yaml.safe_load(text))


def test_the_schema_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(space_json_schema())


@pytest.mark.parametrize("text", ["base: x.yaml", "base: x.yaml\nkinds: stop", "base: x.yaml\nkinds: [stop, kill]"])
def test_a_space_fits(text: str) -> None:
    assert fits(text)


@pytest.mark.parametrize(
    "more", ["base: 3", "kinds: [snapshot]", "kinds: []", "length: 600", "max_windows: 0", "longest: 60s"]
)
def test_what_is_no_space_does_not_fit(more: str) -> None:
    assert not fits(yaml.safe_dump({"base": "x.yaml", **yaml.safe_load(more)}))


def test_defaults_of_the_schema_are_those_of_the_model() -> None:
    shown: dict[str, Any] = {
        key: one["default"] for key, one in space_json_schema()["properties"].items() if "default" in one
    }
    defaults = {name: info.default for name, info in Space.model_fields.items() if not info.is_required()}
    space = Space.model_validate({"base": {"name": "x"}, **shown}, context={"file": True})
    assert {name: getattr(space, name) for name in shown} == defaults


def test_the_kinds_of_the_schema_are_those_that_a_search_draws() -> None:
    told = [one["const"] for one in space_json_schema()["properties"]["kinds"]["anyOf"] if "const" in one]
    assert {"stop", "degrade"} <= set(told)
    assert {kind for kind in KINDS.own if kind not in told} == {"snapshot", "restore", "byzantine"}
    assert issubclass(KINDS[told[0]], Fault)
