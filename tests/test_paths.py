"""How paths are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.paths import shown


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/data/here/runs/one", "runs/one"),
        ("runs/one", "runs/one"),
        ("/data/there/one", "../there/one"),
        ("/etc/one", "/etc/one"),
        ("/data/here", "."),
    ],
)
def test_a_path_is_seen_from_the_working_directory_where_that_is_shorter(
    monkeypatch: pytest.MonkeyPatch, path: str, expected: str
) -> None:
    monkeypatch.setattr("os.getcwd", lambda: "/data/here")
    assert shown(Path(path)) == expected


def test_a_path_is_shown_though_the_working_directory_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise FileNotFoundError

    monkeypatch.setattr("os.getcwd", gone)
    assert shown(Path("/etc/one")) == "/etc/one"
