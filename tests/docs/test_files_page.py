"""docs/files.md says what the code holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.fields import NAME
from simnet.regular_files import LINE, MIB, NOTES, RUNTIME, SPEC, TEXT
from simnet.scenario._yaml import MAX_DEPTH, MAX_PARTS
from simnet.scenario.network_spec import TAKEN

PAGE = (Path(__file__).parents[2] / "docs/files.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("row", "most"),
    [
        ("| scenario, network, space |", TEXT),
        ("| runtime (`.wasm`) |", RUNTIME),
        ("| chain spec |", SPEC),
        ("| `campaign.json`, `bundle.json`, what simnet keeps of networks that stand |", NOTES),
        ("| journal, `batches.jsonl` |", LINE),
    ],
)
def test_limits_are_those_of_the_code(row: str, most: int) -> None:
    assert f"{row} {most // MIB} MiB" in PAGE


def test_the_bounds_of_yaml_are_those_of_the_code() -> None:
    assert f"YAML may have {MAX_PARTS:,} parts, aliases written out, in {MAX_DEPTH} levels" in PAGE


def test_the_form_of_names_is_that_of_the_code() -> None:
    assert NAME == r"^[A-Za-z0-9][A-Za-z0-9 .:#+_-]{0,59}$"
    assert "up to 60 letters, digits, spaces and `. : # + _ -`, a letter or digit first" in PAGE
    assert all(f"`{name}`" in PAGE for name in TAKEN)
