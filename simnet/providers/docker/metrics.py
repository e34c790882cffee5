"""Scrapes the Prometheus endpoint of every running node into the run folder, and into the journal what checks ask
for."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from http.client import HTTPException
from pathlib import Path

from simnet.journal import Journal, Reader
from simnet.journal.records import MetricSample

INTERVAL = 15.0
"""Seconds between scrapes; finality gauges change every 5 s (sc-service), sessions every minute at the fastest."""

GAP_AFTER = 3 * INTERVAL
"""Seconds without a sample of a node that should run after which it counts as not watched: one scrape may be lost."""

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
        self._since: dict[str, float] = {}
        """When each node that should run was scraped last, or was first to be."""
        self._answered: set[str] = set()
        """Nodes that were scraped since they should run; before, they may be starting."""
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def rebase(self, folder: Path) -> None:
        """Another run begins: its samples go into its own folder, all of them first."""
        self._folder = folder
        self._last = {}
        with self._lock:
            self._since = dict.fromkeys(self._since, self._journal.clock())

    def note_open_gaps(self) -> None:
        """Journals gaps that last, before the run is judged."""
        for node in self._urls:
            if self._alive(node):
                self._note_gap(node, "its metrics were not read up to the end")

    def close(self) -> None:
        """Takes a last sample of every node and ends."""
        self._stop.set()
        self._thread.join(timeout=INTERVAL)
        self.note_open_gaps()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            self.scrape()
        self.scrape()

    def scrape(self) -> None:
        """Takes a sample of every node that should run."""
        for node, url in self._urls.items():
            if not self._alive(node):
                with self._lock:
                    self._since.pop(node, None)
                    self._answered.discard(node)
                continue
            with self._lock:
                self._since.setdefault(node, self._journal.clock())
            try:
                with urllib.request.urlopen(url, timeout=3) as answer:
                    samples = parse(answer.read().decode())
            except (OSError, ValueError, HTTPException):
                continue
            if node in self._answered:
                self._note_gap(node, "its metrics could not be read")
            with self._lock:
                self._answered.add(node)
                self._since[node] = self._journal.clock()
            self._store(node, samples)

    def _note_gap(self, node: str, reason: str) -> None:
        with self._lock:
            since, now = self._since.get(node), self._journal.clock()
            if since is not None and now - since > GAP_AFTER:
                self._journal.append_gap(node, Reader.METRICS, since, reason)
                self._since[node] = now

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
                self._journal.append(MetricSample(name=name, labels=labels, value=value), observer=node)
