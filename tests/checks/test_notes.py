"""What is worth to know of a run's XCM, in few words."""

from __future__ import annotations

from pathlib import Path

from simnet.checks.notes import notes_of
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, rehearse
from simnet.scenario import Scenario


def test_what_mail_leaves_is_one_note_however_many_messages_there_are(tmp_path: Path) -> None:
    """Mail withdraws more than its remark costs, and what is left is trapped: that is simnet's own doing."""
    scenario = Scenario(
        name="mail",
        network={"relay": {"validators": 2}, "parachains": [{"id": 2000}]},
        steps=[
            {"send": {"from": "2000", "to": "relay", "count": 3}},
            {"wait": {"state": "delivered", "within": "180s"}},
            {"wait": {"for": "30s"}},
        ],
        expect=[],
    )
    outcome = rehearse(scenario, SimulatedProvider(), Options(out=tmp_path))
    trapped = [one.text for one in notes_of(outcome.evidence) if one.about == "trapped"]
    assert trapped == ["what messages of `send` paid beyond their fees: 3 on relay"]
