"""What checks of chains' contents cost: a run of which events, storage items, balances and answers of runtime APIs are
read at every block, beside the same run without any such check.

    python -m benchmarks.contents              # prints CPU ms of both beside the reference, and how many times as much

Both are run in turn, the first time unmeasured. Judging is part of a run. It needs two minutes.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from benchmarks.beside import Figure, beside_reference, significant
from simnet.scenario import Scenario
from simnet.search.trial import run_trial

BOUND = 1.05
"""How many times as much a run may cost with them."""

_NETWORK = {"relay": {"runtime": "westend", "validators": 4}, "parachains": [{"id": 2000}, {"id": 2001}]}
_PAY = {"call": "Balances.transfer_keep_alive", "args": {"dest": "//Bob", "value": "1.5 WND"}}
_USUAL: tuple[dict[str, Any], ...] = (
    {"finality_lag": {"at_most": 20}},
    {"parachain_included": {"para": 2000, "at_least": 8}},
    {"messages": {"labels": "mail", "at_least": 4}},
)
_OF_CONTENTS: tuple[dict[str, Any], ...] = (
    {"events": {"event": "Balances.Transfer", "where": {"to": "//Bob", "amount": "1.5 WND"}, "at_least": 1}},
    {"events": {"event": "System.ExtrinsicSuccess", "at_least": 30}},
    {"events": {"event": "System.ExtrinsicFailed", "at_most": 0}},
    {"events": {"event": "TransactionPayment.TransactionFeePaid", "where": {"who": "//Alice"}, "at_least": 1}},
    {
        "events": {
            "event": "ParaInclusion.CandidateIncluded",
            "where": {"0": {"descriptor": {"para_id": 2000}}},
            "at_least": 8,
        }
    },
    {"events": {"event": "System.ExtrinsicSuccess", "chain": 2000, "at_least": 10}},
    {"events": {"event": "System.ExtrinsicSuccess", "chain": 2001, "at_least": 10}},
    {"storage": {"item": "System.Number", "changes_by": {"at_least": 10}}},
    {"storage": {"item": "Sudo.Key", "equals": "//Alice", "when": "always"}},
    {"storage": {"item": "System.Account", "keys": ["//Alice"], "field": "nonce", "at_least": 1}},
    {"storage": {"item": "ParachainSystem.HostConfiguration", "chain": 2000, "equals": {"not": None}}},
    {"balance": {"account": "//Bob", "changes_by": "1.5 WND"}},
    {"balance": {"account": "//Alice", "at_least": "1 WND", "when": "always"}},
    {"balance": {"account": "//Bob", "chain": 2001, "changes_by": 0}},
    {"runtime_api": {"function": "AccountNonceApi.account_nonce", "args": ["//Alice"], "at_least": 1}},
    {
        "runtime_api": {
            "function": "Core.version",
            "chain": 2000,
            "field": "spec_version",
            "at_least": 1,
            "when": "always",
        }
    },
)


def main() -> None:
    """Runs both in turn and prints them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="of both")
    parser.add_argument("--seconds", type=int, default=300, help="that the network runs after it stands")
    options = parser.parse_args()
    read, usual = (scenario_of(options.seconds, contents=contents) for contents in (True, False))
    for one in (read, usual):
        _timed(one)
    with beside_reference() as figures:
        both = [(_timed(read), _timed(usual)) for _ in range(options.rounds)]
        times = statistics.median(one / other for one, other in both)
        with_checks, without = (statistics.mean(side) for side in zip(*both, strict=True))
        share = f"{len(_OF_CONTENTS)} checks of contents make a run cost {significant(times, 4)} times as much"
        print(f"{share} as without them; the bound is {BOUND}")
        figures += [
            Figure("a run with its chains' contents checked", with_checks * 1e3, "CPU ms"),
            Figure("the same without these checks", without * 1e3, "CPU ms"),
        ]


def scenario_of(seconds: int, *, contents: bool) -> Scenario:
    """Mail, a transfer, and time that passes."""
    steps: list[dict[str, Any]] = [
        {"label": "mail", "send": {"from": 2000, "to": 2001, "count": 4}},
        {"submit": _PAY},
        {"wait": {"for": f"{seconds}s"}},
    ]
    expect = [*_USUAL, *(_OF_CONTENTS if contents else ())]
    return Scenario.model_validate({"name": "contents", "network": _NETWORK, "steps": steps, "expect": expect})


def _timed(scenario: Scenario) -> float:
    """The CPU seconds of a run that held."""
    begun = time.process_time()
    trial = run_trial(scenario)
    taken = time.process_time() - begun
    if trial.verdict.exit_code:
        raise SystemExit(f"it did not hold: {[str(one) for one in trial.verdict.failures]}")
    return taken


if __name__ == "__main__":
    main()
