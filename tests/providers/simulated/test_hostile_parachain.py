"""A parachain that turns hostile: its upgrade passes pre-checking, and each candidate under the new code is refused."""

from __future__ import annotations

from pathlib import Path

import zstandard

from simnet.codec import blake2_256
from simnet.journal.records import CandidateJudged
from simnet.network.topology import Chain
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, rehearse
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host._builtins import with_bodies
from simnet.runtime.host._wasm import COMPRESSED, decompressed, leb128
from simnet.scenario import Scenario
from tests.runtime.host.exported import position_of

BEGIN, END = bytes.fromhex("0020002001"), b"\x0b"
"""No locals, and both parameters for a call."""
CALL = b"\x10"


def turned() -> bytes:
    """Penpal's next version, whose ``validate_block`` does nothing but call itself. Collators run it like any other."""
    wasm = decompressed(runtime_code(Chain(id="2000", runtime="penpal")))
    index, position = position_of(wasm, "validate_block")
    body = BEGIN + CALL + leb128(index) + END
    return COMPRESSED + zstandard.compress(with_bodies(wasm, {position: body}))


def test_a_run_whose_parachain_turns_hostile_fails_and_says_why(tmp_path: Path) -> None:
    code = turned()
    hash_, given = "0x" + blake2_256(code).hex(), "0x" + code.hex()
    authorize = {"call": "System.authorize_upgrade_without_checks", "args": {"code_hash": hash_}, "sudo": True}
    apply = {"call": "System.apply_authorized_upgrade", "args": {"code": given}, "within": "120s"}
    steps = [
        {"wait": {"for": "60s"}},
        {"submit": {"chain": 2000, **authorize}},
        {"submit": {"chain": 2000, **apply}},
        {"wait": {"for": "90s"}},
        {"label": "after", "wait": {"for": "60s"}},
    ]
    scenario = Scenario.model_validate(
        {
            "name": "hostile",
            "network": {
                "relay": {"runtime": "rococo", "validators": 4},
                "parachains": [{"id": 2000, "runtime": "penpal"}, {"id": 2001, "runtime": "penpal"}],
                "channels": "none",
            },
            "steps": steps,
            "expect": [
                {"parachain_included": {"para": 2001, "at_least": 5, "during": "after"}},
                {"finality_advances": {"during": "after", "within": "30s"}},
                {"parachain_included": {"para": 2000, "at_least": 1, "during": "after"}},
            ],
        }
    )
    outcome = rehearse(scenario, SimulatedProvider(), Options(out=tmp_path))
    written = [one for one in outcome.verdict.findings if not one.invariant]
    assert [one.status.value for one in written] == ["held", "held", "failed"]
    assert outcome.verdict.exit_code == 1
    refused = {one.data.why for one in outcome.evidence.of(CandidateJudged) if one.data.judged == "refused"}
    assert refused
    assert all("its stack may hold 65536 values and was to hold more" in (one or "") for one in refused)
