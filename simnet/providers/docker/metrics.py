"""Scrapes the Prometheus endpoint of every running node into the run folder, and into the journal what checks ask
for."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from simnet.journal import Journal, Kind

INTERVAL = 15.0
"""Seconds between scrapes; finality gauges change every 5 s (sc-service), sessions every minute at the fastest."""

_SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def parse(text: str) -> dict[str, float]:
    """Samples of the Prometheus text format by ``name{labels}`` as they stand there."""
    out = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            series, _, value = line.rpartition(" ")
            out[series] = float(value)
    return out


def split_series(series: str) -> tuple[str, dict[str, str]]:
    """Metric name and labels of a series such as ``substrate_block_height{status="best"}``."""
    match = _SAMPLE.match(f"{series} 0")
    if match is None:
        return series, {}
    return match["name"], dict(_LABEL.findall(match["labels"] or ""))


class Scraper:
    """One thread for all nodes. ``urls`` are the endpoints; ``alive`` tells whether a node should answer."""

    def __init__(
        self,
        urls: Mapping[str, str],
        alive: Callable[[str], bool],
        journal: Journal,
        folder: Path,
        families: Iterable[str],
    ) -> None:
        self._urls = urls
        self._alive = alive
        self._journal = journal
        self._folder = folder
        self._families = tuple(families)
        self._last: dict[str, dict[str, float]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def rebase(self, folder: Path) -> None:
        """Another run begins: its samples go into its own folder, all of them first."""
        self._folder = folder
        self._last = {}

    def close(self) -> None:
        """Takes a last sample of every node and ends."""
        self._stop.set()
        self._thread.join(timeout=INTERVAL)

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            self._scrape_all()
        self._scrape_all()

    def _scrape_all(self) -> None:
        for node, url in self._urls.items():
            if self._alive(node):
                try:
                    with urllib.request.urlopen(url, timeout=3) as answer:
                        self._store(node, parse(answer.read().decode()))
                except (OSError, ValueError):
                    continue

    def _store(self, node: str, samples: dict[str, float]) -> None:
        last = self._last.get(node, {})
        changed = {series: value for series, value in samples.items() if last.get(series) != value}
        self._last[node] = samples
        with (self._folder / f"{node}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"t": round(self._journal.clock(), 3), "changed": changed}) + "\n")
        for series, value in samples.items():
            name, labels = split_series(series)
            if any(
                name in (family, f"{family}_bucket", f"{family}_sum", f"{family}_count") for family in self._families
            ):
                self._journal.append(Kind.METRIC, observer=node, name=name, labels=labels, value=value)
