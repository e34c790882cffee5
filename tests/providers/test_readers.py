"""What the readers of real nodes leave in the journal when they stop reading: gaps, each of its kind."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.client import IncompleteRead
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from requests.exceptions import ReadTimeout

from simnet.chain.recorder import ChainRecorder
from simnet.journal import Gap, Journal, Reader
from simnet.journal.records import LogMatch, NodeDown, PeerCount
from simnet.network.topology import Node
from simnet.providers.docker import runner as runner_module
from simnet.providers.docker.metrics import GAP_AFTER, Scraper
from simnet.providers.docker.rpc_observer import RpcObserver
from simnet.providers.docker.runner import Runner

ALICE = Node(name="alice", chain="relay", role="validator", account="//Alice", image="node:1", region="", provider="")


class Clock:
    t = 0.0

    def __call__(self) -> float:
        return self.t


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journal(clock: Clock) -> Journal:
    return Journal(clock)


# -- logs -----------------------------------------------------------------------------------------------------------


class Container:
    """A container whose log is read in pieces: each is what one reading gives, and then how that ends."""

    def __init__(self, *readings: Callable[[], Iterator[bytes]]) -> None:
        self.readings = list(readings)
        self.since: list[float | None] = []
        self.ended = threading.Event()
        self.attrs = {"State": {"ExitCode": 1, "OOMKilled": False}}

    def logs(self, *, stream: bool, follow: bool, since: float | None) -> Iterator[bytes]:
        assert stream and follow
        self.since.append(since)
        if not self.readings:
            self.ended.set()
            return iter(())
        return self.readings.pop(0)()

    def wait(self, timeout: float) -> dict[str, int]:
        if not self.ended.is_set():
            raise ReadTimeout(f"it runs on after {timeout} s")
        return {"StatusCode": 1}

    def reload(self) -> None:
        """As it was."""


@pytest.fixture
def runner(journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.setattr(runner_module, "_RETRY", 0.0)
    return Runner(
        None,  # type: ignore[arg-type]
        ALICE,
        sandbox=None,  # type: ignore[arg-type]
        config_volume="",
        keystore={},
        command=lambda _: [],
        journal=journal,
        log_file=tmp_path / "alice.log",
        log_patterns=["panicked"],
    )


def follow(runner: Runner, container: Any) -> None:
    """Until the process ended."""
    runner.expected, runner.container = "running", container
    runner._follow(container, None)


def gaps(journal: Journal) -> list[Gap]:
    return journal.evidence.gaps


def test_a_log_whose_reading_breaks_off_is_read_on_and_the_time_between_is_a_gap(
    runner: Runner, journal: Journal, clock: Clock
) -> None:
    def breaks() -> Iterator[bytes]:
        clock.t = 10.0
        yield b"one\nhal"
        clock.t = 30.0
        raise ConnectionResetError

    def goes_on() -> Iterator[bytes]:
        yield b"it panicked\n"
        container.ended.set()

    container = Container(breaks, goes_on)
    follow(runner, container)
    assert gaps(journal) == [Gap("alice", 10.0, 30.0, "its log could not be read", Reader.LOG)]
    assert [record.data.line for record in journal.evidence.of(LogMatch)] == ["it panicked"]
    assert container.since[0] is None
    assert container.since[1] is not None, "what was read before is not read twice"


def test_a_process_that_ends_after_its_log_broke_off_is_still_noticed(runner: Runner, journal: Journal) -> None:
    """Whoever followed the log waited 15 s for the end and then never looked again."""

    def breaks() -> Iterator[bytes]:
        yield b"one\n"
        raise ConnectionResetError

    follow(runner, Container(breaks))
    (down,) = journal.evidence.of(NodeDown)
    assert down.data.intended is False


def test_a_log_that_is_not_read_up_to_the_end_leaves_a_gap_up_to_it(
    runner: Runner, journal: Journal, clock: Clock
) -> None:
    reading = threading.Event()

    def never() -> Iterator[bytes]:
        reading.set()
        raise ConnectionResetError
        yield b""

    class Mute(Container):
        def logs(self, *, stream: bool, follow: bool, since: float | None) -> Iterator[bytes]:
            if reading.is_set():
                raise ConnectionRefusedError
            return never()

    runner.expected, runner.container = "running", Mute()  # type: ignore[assignment]
    clock.t = 5.0
    runner._watch(runner.container)  # type: ignore[arg-type]
    assert reading.wait(5)
    while runner._lost_since is None:
        reading.wait(0)
    clock.t = 50.0
    runner.note_open_gap()
    assert gaps(journal) == [Gap("alice", 5.0, 50.0, "its log was not read up to the end", Reader.LOG)]
    runner.expected = "killed"


def test_a_log_that_ends_with_its_process_is_no_gap(runner: Runner, journal: Journal) -> None:
    container = Container()
    follow(runner, container)
    runner.note_open_gap()
    assert gaps(journal) == []


# -- metrics --------------------------------------------------------------------------------------------------------


class Endpoint:
    """Gives the metrics of a node unless it is told to fail."""

    error: Exception | None = None

    def __call__(self, url: str, timeout: float) -> Any:
        if self.error is not None:
            raise self.error
        return BytesIO(b"height 7\n")


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    endpoint = Endpoint()
    monkeypatch.setattr(urllib.request, "urlopen", endpoint)
    return endpoint


@pytest.fixture
def scraper(journal: Journal, tmp_path: Path, endpoint: Endpoint) -> Scraper:
    return Scraper({"alice": "http://alice/metrics"}, lambda _: True, journal, tmp_path, ["height"])


@pytest.mark.parametrize("error", [OSError("refused"), IncompleteRead(b""), ValueError("no metrics")])
def test_metrics_that_could_not_be_read_for_long_leave_a_gap(
    error: Exception, scraper: Scraper, endpoint: Endpoint, journal: Journal, clock: Clock
) -> None:
    scraper.scrape()
    endpoint.error = error
    for clock.t in (15.0, 30.0, 45.0, 60.0):
        scraper.scrape()
    endpoint.error = None
    clock.t = 75.0
    scraper.scrape()
    assert gaps(journal) == [Gap("alice", 0.0, 75.0, "its metrics could not be read", Reader.METRICS)]
    clock.t = 90.0
    scraper.scrape()
    scraper.note_open_gaps()
    assert len(gaps(journal)) == 1


def test_metrics_that_are_not_read_up_to_the_end_leave_a_gap_up_to_it(
    scraper: Scraper, endpoint: Endpoint, journal: Journal, clock: Clock
) -> None:
    scraper.scrape()
    clock.t = GAP_AFTER + 1
    scraper.note_open_gaps()
    assert gaps(journal) == [Gap("alice", 0.0, clock.t, "its metrics were not read up to the end", Reader.METRICS)]


def test_a_node_that_never_gave_its_metrics_leaves_a_gap_from_its_start(
    scraper: Scraper, endpoint: Endpoint, journal: Journal, clock: Clock
) -> None:
    endpoint.error = OSError("refused")
    clock.t = 10.0
    scraper.scrape()
    clock.t = 100.0
    scraper.note_open_gaps()
    assert [(gap.start, gap.end, gap.what) for gap in gaps(journal)] == [(10.0, 100.0, Reader.METRICS)]


def test_one_scrape_may_be_lost_and_a_starting_node_gives_none(
    scraper: Scraper, endpoint: Endpoint, journal: Journal, clock: Clock
) -> None:
    endpoint.error = OSError("refused")
    for clock.t in (0.0, 15.0, 30.0, 45.0, 60.0):
        scraper.scrape()
    endpoint.error = None
    for clock.t in (75.0, 105.0):
        scraper.scrape()
    scraper.note_open_gaps()
    assert gaps(journal) == []


# -- heads ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def observer(journal: Journal) -> RpcObserver:
    return RpcObserver("alice", "relay", "ws://nowhere", journal, ChainRecorder(journal, "relay", {}), lambda: True)


def test_an_observer_that_died_leaves_a_gap_up_to_the_end(
    observer: RpcObserver, journal: Journal, clock: Clock
) -> None:
    observer._contact()
    clock.t = 30.0
    observer.note_end()
    assert gaps(journal) == [Gap("alice", 0.0, 30.0, "it did not answer up to the end", Reader.HEADS)]


def test_a_node_that_never_answered_after_its_start_leaves_a_gap(
    observer: RpcObserver, journal: Journal, clock: Clock
) -> None:
    observer._since = 4.0
    clock.t = 100.0
    observer.note_end()
    assert [(gap.start, gap.end, gap.what) for gap in gaps(journal)] == [(4.0, 100.0, Reader.HEADS)]


def test_a_resumed_node_should_answer_at_once(observer: RpcObserver, journal: Journal, clock: Clock) -> None:
    """What it did between its resumption and its first answer was no gap."""
    clock.t = 10.0
    observer.expect_again(at_once=True)
    clock.t = 50.0
    observer._contact()
    assert [(gap.start, gap.end, gap.what) for gap in gaps(journal)] == [(10.0, 50.0, Reader.HEADS)]


def test_peers_are_told_once_more_at_the_end_if_they_are_known(
    observer: RpcObserver, journal: Journal, clock: Clock
) -> None:
    observer.note_end()
    assert journal.evidence.of(PeerCount) == []
    observer._contact()
    observer._peers = PeerCount(count=3, syncing=False)
    clock.t = 5.0
    observer.note_end()
    assert [(r.t, r.data.count) for r in journal.evidence.of(PeerCount)] == [(5.0, 3)]
