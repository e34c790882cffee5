"""Hooks that simnet adds to pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from simnet.providers.base import Provider


@pytest.hookspec(firstresult=True)
def pytest_simnet_provider(config: pytest.Config, name: str) -> Provider | None:
    """The provider that ``--simnet-provider NAME`` means; implement it to bring one of your own."""
