"""Values that steps of assets refuse whatever the network is."""

from __future__ import annotations

import pytest

from simnet.errors import InputError
from simnet.scenario.xcm_steps import Transfer


@pytest.mark.parametrize("amount", [0, -1, "0 WND", "-1 WND", "0.00 WND"])
def test_a_transfer_of_nothing_is_refused(amount: int | str) -> None:
    with pytest.raises(InputError, match="more than nothing"):
        Transfer(sender="relay", recipient=1000, amount=amount)
