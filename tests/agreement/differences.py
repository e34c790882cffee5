"""What is known to differ between real and simulated nodes, and why. Whatever is not here must agree."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Figures that may lie outside of the simulated range in some scenarios."""

    short: str
    reason: str
    figures: tuple[str, ...]
    scenarios: tuple[str, ...]


KNOWN: tuple[Difference, ...] = (
    Difference(
        short="a real node that catches up is silent",
        reason=(
            "Real nodes tell RPC of no new best block while they import what they missed; the next block that somebody"
            " authors is the first that is seen, some seconds after they have caught up. Simulated nodes tell of each."
        ),
        figures=("agreed_s",),
        scenarios=("one-down", "three-to-one"),
    ),
    Difference(
        short="real finality comes less evenly",
        reason=(
            "While nothing is wrong, simulated nodes finalize every 4 or 8 s to the hundredth; real ones are now and"
            " then a second or two later, by gossip and by threads that wait for a core."
        ),
        figures=("longest_stall_s",),
        scenarios=("collator-gone",),
    ),
    Difference(
        short="starts take what the machine gives",
        reason=(
            "Nearly all of a start is compiling runtimes. Three nodes that came back at once on two cores with other"
            " work took 36 s, and the outage lasted as much longer; simulated starts are those of a machine that is"
            " free. In that run a node's RPC did not answer for 20 s either, which left one check inconclusive."
        ),
        figures=("start_s", "longest_stall_s"),
        scenarios=("region-back",),
    ),
    Difference(
        short="a run begins elsewhere in its session",
        reason=(
            "Each session change costs one relay block its inclusions, on both. Simulated networks reach the barrier at"
            " nearly the same place in a session, whatever the seed; real ones take 50 to 150 s to start. So a short"
            " real run may end right after a change, of which it then sees only the cost, or have a message cross two."
        ),
        figures=("session_change_costs_blocks", "included_rate", "longest_latency_s", "longest_latency_blocks"),
        scenarios=("hurried-mail", "collator-gone"),
    ),
    Difference(
        short="a real node that returns throws approvals away",
        reason=(
            "It was sent approvals of blocks that it had not imported yet and dropped 81 of them (`invalidblock` in its"
            " metrics). One candidate stayed unapproved on every node, and finality stood for the 90 s that were left,"
            " though all four ran; that the one follows from the other is likely and not proven. Simulated nodes get"
            " what they lack when they reconnect, and finality is back within seconds, at times a minute."
        ),
        figures=("longest_stall_s", "median_lag_blocks", "largest_lag_blocks"),
        scenarios=("westend-one-down",),
    ),
)


def difference(scenario: str, figure: str) -> Difference | None:
    """What explains that a figure of a scenario lies outside, if anything does."""
    return next((one for one in KNOWN if figure in one.figures and scenario in one.scenarios), None)
