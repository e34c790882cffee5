"""Files that commands take and that are none: refused at once, wherever they are named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.regular_files import TEXT
from tests.cli.conftest import Simnet

Write = Callable[..., str]


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _endless(path: Path) -> None:
    """A file of a terabyte, of which nothing is on the disk."""
    with path.open("wb") as file:
        file.truncate(1 << 40)


UNFIT = (_pipe, _zeros, _endless)
Make = Callable[[Path], None]


@pytest.mark.parametrize("make", UNFIT)
@pytest.mark.parametrize(
    ("file", "arguments"),
    [
        ("odd.yaml", ["validate", "odd.yaml"]),
        ("odd.yaml", ["run", "odd.yaml"]),
        ("odd.yaml", ["up", "odd.yaml"]),
        ("odd.yaml", ["search", "odd.yaml"]),
        ("run/journal.jsonl", ["judge", "run"]),
        ("run/campaign.json", ["search", "--resume", "run"]),
        ("run/bundle.json", ["replay", "run"]),
    ],
)
def test_a_file_that_is_none_is_refused(simnet: Simnet, make: Make, file: str, arguments: list[str]) -> None:
    Path("run").mkdir()
    make(Path(file))
    result = simnet(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    assert "cannot be read: " in result.stderr or "MiB" in result.stderr


@pytest.mark.parametrize("make", UNFIT)
@pytest.mark.parametrize(
    "text",
    [
        "use: odd",
        "relay: {spec: odd}",
        "relay: {runtime: odd.wasm}",
        "parachains: [{id: 2000, spec: odd}]",
    ],
)
def test_a_file_that_a_network_names_and_that_is_none(simnet: Simnet, make: Make, text: str) -> None:
    for name in ("odd", "odd.wasm"):
        make(Path(name))
    Path("network.yaml").write_text(text + "\n")
    result = simnet("validate", "network.yaml")
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("error: network.yaml:1:")
    assert "cannot be read: it " in result.stderr


def test_a_file_that_people_write_may_have_so_many_bytes(simnet: Simnet, scenario: Write) -> None:
    name = scenario()
    with Path(name).open("a") as file:
        file.write("#" * TEXT)
    result = simnet("validate", name)
    assert (result.exit_code, "more than 4 MiB" in result.stderr) == (2, True), result.output


def test_a_path_that_is_too_long_is_a_mistake(simnet: Simnet) -> None:
    result = simnet("validate", "x" * 5000)
    assert (result.exit_code, "File name too long" in result.stderr) == (2, True)


def test_a_link_without_an_end_is_told_at_its_place(simnet: Simnet) -> None:
    Path("odd.yaml").write_text("name: x\nnetwork: {links: [{from: [], to: bob, delay: 1s}]}\n")
    result = simnet("validate", "odd.yaml")
    assert (result.exit_code, "odd.yaml:2:" in result.stderr) == (2, True), result.output


BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{two}: &{two} [{', '.join([f'*{one}'] * 8)}]\n" for one, two in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"name: x\ndescription: x\n{BOMB}", "parts when its aliases are written out"),
        (f"? [{', '.join(['&k [a, a]', *['*k'] * 3])}]\n: 1\n", "a list cannot be a key"),
        ("name: " + "[" * 1500, "nested too deeply"),
        ("name: x\nnetwork: " + "[" * 61 + "]" * 61, "nested more than 60 deep"),
        ("name: x\nseed: " + "9" * 5000, "is no number that can be read"),
        ("name: x\nname: y\n", "stands twice"),
        ("name: x\n'': 1\n", ":2:1: unknown key ''"),
        ("name: x\n? \n: 1\n", ":2:2: this key is empty"),
        ('name: "\\ud800"\n', ":1:7: half a character stands here, U+D800"),
        ('name: x\n"\\udfff": 1\n', ":2:1: half a character stands here, U+DFFF"),
    ],
)
def test_yaml_that_is_meant_to_harm_is_told_at_its_place(simnet: Simnet, text: str, said: str) -> None:
    Path("odd.yaml").write_text(text)
    result = simnet("validate", "odd.yaml")
    assert result.exit_code == 2, result.output
    assert said in result.stderr


@pytest.mark.parametrize(
    "text", ["base: gone.yaml\n", "base: [1]\n", "base: x\n? [a]\n: 1\n", "base: x\n!!set {a}\n", "base: !x y\n"]
)
def test_a_space_that_cannot_be_read_is_a_mistake(simnet: Simnet, text: str) -> None:
    Path("space.yaml").write_text(text)
    assert simnet("search", "space.yaml").exit_code == 2


@pytest.mark.parametrize("text", ["[]", '"x"', "null", "[" * 3000, '{"versions": 1, "runtimes": 2}', "\0", "\xff"])
def test_a_campaign_and_a_bundle_of_the_wrong_shape_are_mistakes(simnet: Simnet, text: str) -> None:
    Path("kept").mkdir()
    Path("kept/scenario.yaml").write_text("name: x\n")
    for name in ("campaign.json", "bundle.json"):
        (Path("kept") / name).write_text(text, encoding="latin-1")
    for arguments in (["search", "--resume", "kept"], ["replay", "kept"]):
        result = simnet(*arguments)
        assert (result.exit_code, "is not what `simnet search` writes" in result.stderr) == (2, True), result.output
