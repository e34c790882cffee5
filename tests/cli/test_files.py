"""Which files a command line names."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.cli import _scenario_files
from simnet.cli._scenario_files import find, find_scenarios, is_network, library
from simnet.errors import InputError


def write(path: str, text: str = "name: some\n") -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)
    return Path(path)


def test_a_folder_stands_for_all_scenarios_below_it_but_not_for_networks_and_spaces() -> None:
    one, two = write("all/one.yaml"), write("all/deep/two.yml")
    network = write("all/networks/small.yaml", "relay: {validators: 2}\n")
    space = write("all/search.yaml", "base: one.yaml\n")
    assert set(find(["all"])) == {one, two, network, space}
    assert set(find_scenarios(["all"])) == {one, two}


def test_a_file_named_twice_runs_once() -> None:
    one = write("all/one.yaml")
    assert find(["all", "all/one.yaml"]) == [one]


def test_every_name_that_stands_for_nothing_is_told() -> None:
    with pytest.raises(InputError) as caught:
        find(["gone.yaml", "away.yaml"])
    assert "gone.yaml" in str(caught.value)
    assert "away.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("relay: {validators: 2}\n", True),
        ("use: other.yaml\nparachains: []\n", True),
        ("name: some\nnetwork: {}\n", False),
        ("name: some\nrelay: {}\n", False),
        ("[1, 2]\n", False),
        ("a: [\n", False),
        ("", False),
    ],
)
def test_networks_are_told_by_their_keys(text: str, expected: bool) -> None:
    assert is_network(write("file.yaml", text)) == expected


def test_the_library_has_the_quickstart_and_no_networks() -> None:
    shipped = library()
    assert shipped["quickstart"].is_file()
    assert not any(name.startswith("networks/") for name in shipped)
    assert find(["quickstart"]) == [shipped["quickstart"]]


def test_an_installed_library_comes_before_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = write("library/upgrades/first.yaml")
    monkeypatch.setattr(_scenario_files, "_LIBRARIES", (Path("library"), Path("scenarios")))
    assert library() == {"upgrades/first": mine}


def test_an_own_file_comes_before_one_of_the_library() -> None:
    mine = write("quickstart")
    assert find(["quickstart"]) == [mine]
