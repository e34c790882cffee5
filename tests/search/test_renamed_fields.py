"""A field of a space by the name that it once had is refused with the new one, in files and from Python."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from simnet.errors import InputError
from simnet.scenario.save import save_scenario
from simnet.search.space import Space
from simnet.search.space_file import load_space
from tests.search.small_searches import breakable

NAMES = [("most", "max_windows"), ("longest", "max_fault_duration"), ("calm", "quiet_period")]


@pytest.mark.parametrize(("old", "new"), NAMES)
def test_a_file_with_an_old_name_is_told_the_new_one(old: str, new: str, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(save_scenario(breakable()), encoding="utf-8")
    file = tmp_path / "space.yaml"
    file.write_text(yaml.safe_dump({"base": "base.yaml", old: 1}), encoding="utf-8")
    with pytest.raises(InputError, match=rf"space.yaml:2:1: {old} is called {new}$"):
        load_space(file)


@pytest.mark.parametrize(("old", "new"), NAMES)
def test_python_with_an_old_name_is_told_the_new_one(old: str, new: str) -> None:
    with pytest.raises(ValidationError, match=f"{old} is called {new}"):
        Space.model_validate({"base": breakable(), old: 1})
