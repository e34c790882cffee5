"""The page docs/agreement.md: per scenario what both providers showed, and what still differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from simnet.scenario import Scenario
from tests.agreement.differences import KNOWN, Difference, difference
from tests.agreement.figures import SEEN, slack
from tests.agreement.stored import Range, RealRun, Simulated

PAGE = Path(__file__).parents[1] / "docs" / "agreement.md"

_HEAD = """# Agreement of the two providers

The same scenarios on real nodes (Docker) and on simulated ones. Half of those made for this are meant to fail their
checks, since a simulation that only ever says "held" would agree with every run that holds; `forced-change` is the
library's. Each ran at least twice on Docker, and with {seeds} seeds simulated. The simulation's constants come
from other runs (`quickstart`, `validators-two-down`), but what is simulated was partly learnt here: that a starting
node connects only when its runtime is compiled, from `one-down`; how soon it then finds others, from all restarts
including those of `region-back`; and that validators compile a parachain's code before its first candidate, from the
third run of `collator-gone`, before which session changes seemed to cost real parachains more than simulated ones. Each
real run had a network of its own: on one that had served another scenario the validators' groups are others than in
first sessions. During the first run of each scenario, and the second of `region-back`, the machine did other work; the
last of each was on a faster machine that now and then did some. It did some during those of `forced-change` too. The
reasons for what lies outside were written after it was seen.

A figure is **inside** when the value on Docker lies between the 5th and the 95th percentile of the seeds, **rare** when
only between the least and the largest, and **outside** otherwise. Of figures that agree perfectly nine in a hundred are
rare and one is outside. Times of real nodes are seen over RPC, so {seen:g} s on either side count as inside. All count
from the barrier t0. This page is written by `python -m benchmarks.agreement page` from `tests/agreement/docker.json`
and `simulated.json`; tests hold both to the code.

Images: {images}. Machine: {machines}. Runs on Docker: {dates}.
"""


def write_page(
    scenarios: Mapping[str, Scenario], simulated: Mapping[str, Simulated], docker: Mapping[str, Sequence[RealRun]]
) -> None:
    """Writes the page of what is stored; scenarios that lack one side are left out."""
    both = [name for name in scenarios if name in simulated and docker.get(name)]
    runs = [one for name in both for one in docker[name]]
    parts = [_head([simulated[name] for name in both], runs), _overview(both, simulated, docker)]
    parts += [_scenario(name, scenarios[name], simulated[name], docker[name]) for name in both]
    parts.append(_differences())
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def _head(simulated: Iterable[Simulated], runs: Sequence[RealRun]) -> str:
    images = sorted({f"`{name}` ({value[:19]})" for one in runs for name, value in one.images.items()})
    days = sorted({one.started[:10] for one in runs})
    seeds = sorted({sum(one.verdicts.values()) for one in simulated})
    return _HEAD.format(
        seeds=" to ".join(map(str, seeds)),
        images=", ".join(images),
        machines=", ".join(f"{cores} cores" for cores in sorted({one.cores for one in runs})),
        dates=", ".join(days),
        seen=SEEN,
    )


def _overview(names: Sequence[str], simulated: Mapping[str, Simulated], docker: Mapping[str, Sequence[RealRun]]) -> str:
    rows = ["| scenario | Docker | simulated | inside | rare | outside |", "| --- | --- | --- | --- | --- | --- |"]
    totals = {"inside": 0, "rare": 0, "outside": 0}
    for name in names:
        counts = {"inside": 0, "rare": 0, "outside": 0}
        for run in docker[name]:
            for figure, value in run.figures.items():
                counts[place(figure, simulated[name].figures.get(figure), value)] += 1
        for key, count in counts.items():
            totals[key] += count
        verdicts = ", ".join(run.verdict for run in docker[name])
        share = ", ".join(f"{verdict} {count}" for verdict, count in sorted(simulated[name].verdicts.items()))
        rows.append(f"| [{name}](#{name}) | {verdicts} | {share} | {' | '.join(map(str, counts.values()))} |")
    rows.append(f"| all | | | {' | '.join(map(str, totals.values()))} |")
    return "\n".join(rows) + "\n"


def place(figure: str, found: Range | None, value: float) -> str:
    """Where a value on Docker lies in the range of the seeds."""
    if found is None or not found.holds(value, slack(figure)):
        return "outside"
    return "inside" if found.usual(value, slack(figure)) else "rare"


def _scenario(name: str, scenario: Scenario, simulated: Simulated, runs: Sequence[RealRun]) -> str:
    lines = [
        f"## {name}",
        "",
        scenario.description.strip(),
        "",
        "| check | Docker | simulated |",
        "| --- | --- | --- |",
    ]
    for check in dict.fromkeys([*(c for run in runs for c in run.checks), *simulated.checks]):
        real = ", ".join(run.checks.get(check, "held") for run in runs)
        counts = ", ".join(f"{status} {count}" for status, count in sorted(simulated.checks.get(check, {}).items()))
        lines.append(f"| `{check}` | {real} | {counts or 'held'} |")
    lines += ["", "| figure | Docker | simulated 5 to 95 % (median) | |", "| --- | --- | --- | --- |"]
    for figure in dict.fromkeys([*(f for run in runs for f in run.figures), *simulated.figures]):
        lines.append(_row(name, figure, simulated.figures.get(figure), runs))
    return "\n".join(lines) + "\n"


def _row(name: str, figure: str, found: Range | None, runs: Sequence[RealRun]) -> str:
    values = [run.figures.get(figure) for run in runs]
    real = ", ".join("none" if value is None else f"{value:g}" for value in values)
    told = "none" if found is None else f"{found.p5:g} to {found.p95:g} ({found.p50:g})"
    places = [place(figure, found, value) for value in values if value is not None]
    known = difference(name, figure)
    where = ", ".join(places)
    if known is not None and "outside" in places:
        where += f": {known.short}"
    return f"| {figure.replace('_', ' ')} | {real} | {told} | {where} |"


def _differences() -> str:
    return "\n".join(["## What still differs", "", *_told(KNOWN), ""])


def _told(known: Iterable[Difference]) -> Iterator[str]:
    for one in known:
        what = ", ".join([figure.replace("_", " ") for figure in one.figures] + [f"`{check}`" for check in one.checks])
        yield f"- **{one.short[0].upper()}{one.short[1:]}** ({what}; in {', '.join(one.scenarios)}). {one.reason}"
