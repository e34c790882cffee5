"""Scrapes the Prometheus endpoint of every running node into the run folder, and into the journal what checks ask
for."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from simnet.journal import Journal, Reader
from simnet.journal.records import MetricSample

INTERVAL = 15.0
"""Seconds between scrapes; finality gauges change every 5 s (sc-service), sessions every minute at the fastest."""

GAP_AFTER = 3 * INTERVAL
"""Seconds without a sample of a node that should run after which it counts as not watched: one scrape may be lost."""

_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_PART = re.compile("_(bucket|sum|count)$")
"""What a histogram's samples are called besides its family."""


def parse(text: str) -> dict[str, float]:
    """Samples of the Prometheus text format by ``name{labels}`` as they stand there."""
    lines = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {series: float(value) for series, _, value in lines}


@dataclass
class Scraper:
    """One thread for all nodes. ``urls`` are the endpoints; ``alive`` tells whether a node should answer; samples of
    ``families`` are journaled."""

    urls: Mapping[str, str]
    alive: Callable[[str], bool]
    journal: Journal
    folder: Path
    families: Collection[str]
    _last: dict[str, dict[str, float]] = field(init=False, default_factory=dict)
    _since: dict[str, float] = field(init=False, default_factory=dict)
    """When each node that should run was scraped last, or was first to be."""
    _answered: set[str] = field(init=False, default_factory=set)
    """Nodes that were scraped since they should run; before, they may be starting."""
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _stop: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def rebase(self, folder: Path) -> None:
        """Another run begins: its samples go into its own folder, all of them first."""
        self.folder = folder
        self._last = {}
        with self._lock:
            self._since = dict.fromkeys(self._since, self.journal.clock())

    def note_open_gaps(self) -> None:
        """Journals gaps that last, before the run is judged."""
        for node in self.urls:
            if self.alive(node):
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
        for node, url in self.urls.items():
            if not self.alive(node):
                with self._lock:
                    self._since.pop(node, None)
                    self._answered.discard(node)
                continue
            with self._lock:
                self._since.setdefault(node, self.journal.clock())
            try:
                with urllib.request.urlopen(url, timeout=3) as answer:
                    samples = parse(answer.read().decode())
            except (OSError, ValueError, HTTPException):
                continue
            if node in self._answered:
                self._note_gap(node, "its metrics could not be read")
            with self._lock:
                self._answered.add(node)
                self._since[node] = self.journal.clock()
            self._store(node, samples)

    def _note_gap(self, node: str, reason: str) -> None:
        with self._lock:
            since, now = self._since.get(node), self.journal.clock()
            if since is not None and now - since > GAP_AFTER:
                self.journal.append_gap(node, Reader.METRICS, since, reason)
                self._since[node] = now

    def _store(self, node: str, samples: dict[str, float]) -> None:
        last = self._last.get(node, {})
        changed = {series: value for series, value in samples.items() if last.get(series) != value}
        self._last[node] = samples
        with (self.folder / f"{node}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"t": round(self.journal.clock(), 3), "changed": changed}) + "\n")
        for series, value in samples.items():
            name, _, labels = series.partition("{")
            if name in self.families or _PART.sub("", name) in self.families:
                sample = MetricSample(name=name, labels=dict(_LABEL.findall(labels)), value=value)
                self.journal.append(sample, observer=node)
