"""When a chain runs migrations, by the versions of the runtimes that it goes from and to."""

from __future__ import annotations

import pytest

from simnet.journal import migrations_run
from simnet.journal.records import CodeRead


def code(name: str | None, version: int | None) -> CodeRead:
    return CodeRead(code="0x" + "11" * 32, spec_name=name, spec_version=version)


@pytest.mark.parametrize(
    ("before", "after", "run"),
    [
        (("penpal", 1), ("penpal", 2), True),
        (("penpal", 2), ("penpal", 2), False),
        (("penpal", 2), ("penpal", 1), False),
        (("penpal", 2), ("other", 1), True),
        ((None, None), ("penpal", 1), None),
        (("penpal", 1), (None, None), None),
    ],
)
def test_a_higher_version_or_another_name_runs_them(
    before: tuple[str | None, int | None], after: tuple[str | None, int | None], run: bool | None
) -> None:
    assert migrations_run(code(*before), code(*after)) is run
