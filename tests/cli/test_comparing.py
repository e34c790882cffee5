"""`simnet diff`."""

from __future__ import annotations

import pytest

from simnet.chain.changes import Difference
from simnet.cli._diff_screen import show_diff
from simnet.cli._screen import Screen
from simnet.report.diff_words import change_text, changes_texts
from tests.cli.conftest import Simnet
from tests.cli.test_answers import answered
from tests.runtime.diff.pairs import from_the_release_before

SCREEN = 40
"""Lines of a screen, as the last one of a run takes them (simnet.report.screen)."""


def test_two_runtimes_are_told_on_one_screen(simnet: Simnet) -> None:
    result = simnet("diff", "westend", "penpal")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) <= SCREEN
    assert lines[0].startswith("old       westend 1025002, ")
    assert lines[2].startswith("breaks    the upgrade: it is penpal-parachain, and the chain has westend")
    assert any(line.startswith("differ    pallets: ") for line in lines)
    assert any(line.startswith("proposal  System.authorize_upgrade  0x0009") for line in lines)


def test_all_lists_every_change_and_every_name(simnet: Simnet) -> None:
    short, whole = simnet("diff", "westend", "penpal").stdout, simnet("diff", "westend", "penpal", "--all").stdout
    assert "more" in short
    assert " and 3 more" not in whole
    assert "pallet    Staking" not in short
    assert "pallet    Balances  moved: index 4 to index 10" in whole


def test_programs_get_the_same_by_its_schema(simnet: Simnet) -> None:
    told = answered(simnet("diff", "westend", "penpal", "--json"), "diff")
    assert (told["old"]["spec_name"], told["new"]["spec_name"]) == ("westend", "penpal-parachain")
    assert told["authorized"]["state"] == "unknown"
    assert {one["weight"] for one in told["breakages"]} == {"breaks", "mind"}


@pytest.mark.parametrize(
    "arguments", [("westend", "penpall"), ("westend", "new.wasm"), ("ws://127.0.0.1:1", "westend")]
)
def test_what_cannot_be_compared_is_bad_input(simnet: Simnet, arguments: tuple[str, str]) -> None:
    result = simnet("diff", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")


def test_a_release_of_a_large_runtime_is_told_on_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    show_diff(Screen(), from_the_release_before("westend"), whole=False)
    assert len(capsys.readouterr().out.splitlines()) <= SCREEN


def test_changes_are_counted_by_kind_and_told_in_a_line() -> None:
    came = Difference(kind="call", name="A.b", how="added", old=None, new="index 3", reuses="c")
    other = Difference(kind="storage", name="A.B", how="changed", old="u8", new="u32", why=("u8: it is u32 now",),
                   effects=("changed",))  # fmt: skip
    assert changes_texts([came, other, came]) == ["calls: 2 added", "storage items: 1 changed"]
    assert change_text(came) == "added: index 3; the index was that of c"
    assert change_text(other) == "changed: u8 to u32; u8: it is u32 now; (changed)"
    assert changes_texts([]) == ["nothing that metadata tells"]
