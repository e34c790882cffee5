"""The link agent's pure parts: scheduling, netlink messages, rule texts and what is read back from them."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from itertools import pairwise
from random import Random
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import FaultError
from simnet.faults import CLEAR as CLEAR_STATE
from simnet.faults import LinkState
from simnet.providers.docker.link_agent import LinkAgent, Tables
from simnet.providers.docker.links import LinkControl, same_link
from simnet.providers.docker.sandbox import egress, filters, nfqueue
from simnet.providers.docker.sandbox.control import ControlServer, Verbs
from simnet.providers.docker.sandbox.link import CLEAR, Link, parse_link, parse_table
from simnet.providers.docker.sandbox.probe import Arrivals
from simnet.providers.docker.sandbox.rules import Rules
from simnet.providers.docker.sandbox.shaper import Flow, Shaper, backlog_limit
from tests.links_read_back import links_read_back

A, B = "10.0.0.1", "10.0.0.2"

shares = st.floats(0, 1)
seconds = st.floats(0, 10)
links = st.builds(
    Link,
    cut=st.booleans(),
    delay=seconds,
    jitter=seconds,
    loss=shares,
    reorder=shares,
    rate=st.none() | st.floats(1e3, 1e9),
)
addresses = st.integers(0x0A000000, 0x0AFFFFFF).map(lambda number: str(IPv4Address(number)))
packets = st.lists(st.tuples(st.floats(0, 0.1), st.integers(40, 1500)), max_size=200)
"""Gap to the packet before, in seconds, and length in bytes."""


def flow_of(link: Link, seed: int = 0) -> Flow:
    flow = Flow(Random(seed))
    flow.link = link
    return flow


def schedule(flow: Flow, arrivals: list[tuple[float, int]]) -> list[tuple[float, float | None]]:
    """Arrival and due time of every packet."""
    now, out = 0.0, []
    for gap, length in arrivals:
        now += gap
        out.append((now, flow.due(length, now)))
    return out


class TestFlow:
    @given(links, packets, st.integers())
    def test_no_packet_is_due_before_it_came(self, link: Link, arrivals: list[tuple[float, int]], seed: int) -> None:
        assert all(due is None or due >= now for now, due in schedule(flow_of(link, seed), arrivals))

    @given(links.filter(lambda link: not link.reorder), packets, st.integers())
    def test_order_is_kept_without_reorder(self, link: Link, arrivals: list[tuple[float, int]], seed: int) -> None:
        dues = [due for _, due in schedule(flow_of(link, seed), arrivals) if due is not None]
        assert dues == sorted(dues)

    @given(st.lists(links.filter(lambda link: not link.reorder), min_size=2, max_size=5), packets)
    def test_order_is_kept_over_changes(self, chain: list[Link], arrivals: list[tuple[float, int]]) -> None:
        flow = flow_of(chain[0])
        now, dues = 0.0, []
        for index, (gap, length) in enumerate(arrivals):
            now += gap
            flow.link = chain[index % len(chain)]
            dues.append(flow.due(length, now))
        kept = [due for due in dues if due is not None]
        assert kept == sorted(kept)

    @given(packets)
    def test_delay_alone_is_exact(self, arrivals: list[tuple[float, int]]) -> None:
        assert all(due == pytest.approx(now + 0.1) for now, due in schedule(flow_of(Link(delay=0.1)), arrivals))

    def test_jitter_spreads_evenly_around_the_delay(self) -> None:
        flow = flow_of(Link(delay=0.1, jitter=0.02))
        waits = [flow.due(100, now) - now for now in range(2000)]  # type: ignore[operator]
        assert min(waits) >= 0.08 and max(waits) <= 0.12
        assert sum(waits) / len(waits) == pytest.approx(0.1, abs=0.001)

    def test_loss_is_the_share_of_packets(self) -> None:
        flow = flow_of(Link(loss=0.2))
        lost = sum(flow.due(100, now) is None for now in range(10_000))
        assert lost / 10_000 == pytest.approx(0.2, abs=0.02)

    def test_reordered_packets_skip_the_delay(self) -> None:
        flow = flow_of(Link(delay=1.0, reorder=0.3))
        waits = [flow.due(100, now) - now for now in range(2000)]  # type: ignore[operator]
        assert set(waits) == {0.0, 1.0}
        assert waits.count(0.0) / 2000 == pytest.approx(0.3, abs=0.05)

    @given(st.floats(1e4, 1e9), packets)
    def test_a_rate_is_never_exceeded(self, rate: float, arrivals: list[tuple[float, int]]) -> None:
        passed = [
            (due, length)
            for (_, due), (_, length) in zip(schedule(flow_of(Link(rate=rate)), arrivals), arrivals, strict=True)
            if due is not None
        ]
        for (earlier, _), (later, length) in pairwise(passed):
            assert later - earlier >= length * 8 / rate - 1e-6

    @given(st.floats(1e4, 1e9))
    def test_a_full_queue_drops_from_the_tail(self, rate: float) -> None:
        flow = flow_of(Link(rate=rate))
        limit = backlog_limit(rate)
        offered = int(limit // 1500) + 10
        dues = [flow.due(1500, 0.0) for _ in range(offered)]
        passed = sum(due is not None for due in dues)
        assert passed == pytest.approx(limit // 1500, abs=1)
        assert dues[:passed] == sorted(due for due in dues if due is not None)

    def test_the_backlog_is_300_ms_or_256_kib(self) -> None:
        assert backlog_limit(1e6) == 256 * 1024
        assert backlog_limit(100e6) == pytest.approx(100e6 * 0.3 / 8)

    def test_a_raised_rate_does_not_drop_for_the_old_backlog(self) -> None:
        flow = flow_of(Link(rate=64e3))
        while flow.due(1500, 0.0) is not None:
            pass
        flow.link = Link(rate=5e6)
        assert flow.due(1500, 0.5) is not None


class TestShaper:
    def test_packets_leave_when_due_and_in_order(self) -> None:
        shaper = Shaper("seed")
        shaper.replace({A: Link(delay=0.2), B: Link(delay=0.1)})
        for packet, source in enumerate([A, B, A, B]):
            assert shaper.arrive(packet, source, 100, 1.0)
        assert shaper.next_due == pytest.approx(1.1)
        assert shaper.release(1.05) == []
        assert shaper.release(1.15) == [1, 3]
        assert shaper.release(1.25) == [0, 2]
        assert shaper.next_due is None

    def test_a_source_that_is_not_shaped_passes_at_once(self) -> None:
        shaper = Shaper("seed")
        shaper.replace({A: Link(loss=1.0)})
        assert shaper.arrive(1, B, 100, 5.0)
        assert shaper.release(5.0) == [1]

    def test_held_packets_keep_their_due_times_when_links_change(self) -> None:
        shaper = Shaper("seed")
        shaper.replace({A: Link(delay=1.0)})
        shaper.arrive(1, A, 100, 0.0)
        shaper.replace({A: Link(delay=0.1)})
        shaper.arrive(2, A, 100, 0.5)
        shaper.replace({})
        shaper.arrive(3, A, 100, 0.6)
        assert shaper.links() == {}
        assert shaper.release(0.99) == []
        assert shaper.release(1.0) == [1, 2, 3]

    @given(links.filter(lambda link: link.shaped), st.text(max_size=5))
    def test_the_same_seed_makes_the_same_choices(self, link: Link, seed: str) -> None:
        def run() -> list[tuple[bool, float | None]]:
            shaper = Shaper(seed)
            shaper.replace({A: link})
            return [(shaper.arrive(packet, A, 500, packet / 100), shaper.next_due) for packet in range(30)]

        assert run() == run()

    @given(st.dictionaries(addresses, links, max_size=5), st.dictionaries(addresses, links, max_size=5))
    def test_links_are_those_of_the_last_replacement(self, first: dict[str, Link], last: dict[str, Link]) -> None:
        shaper = Shaper("seed")
        shaper.replace(first)
        shaper.replace(last)
        assert shaper.links() == {source: link for source, link in last.items() if link.shaped}


class TestLinkJson:
    @given(st.dictionaries(addresses, links))
    def test_tables_survive_json(self, table: dict[str, Link]) -> None:
        text = json.dumps({address: vars(link) for address, link in table.items()})
        assert parse_table(json.loads(text)) == table

    def test_it_has_the_fields_of_a_link_state(self) -> None:
        assert vars(Link()) == vars(LinkState())

    @pytest.mark.parametrize(
        "value",
        [None, [], "x", {"speed": 1}, {"delay": "1"}, {"delay": -1}, {"loss": 1.5}, {"rate": 0}, {"cut": 1},
         {"delay": True}, {"jitter": float("inf")}, {"jitter": float("nan")}],
    )  # fmt: skip
    def test_what_is_no_link_is_refused(self, value: object) -> None:
        with pytest.raises((ValueError, TypeError)):
            parse_link(value)


def packet_message(packet: int, source: str, length: int, kind: int = 0x300) -> bytes:
    """What the kernel sends for a packet: id, hardware protocol and hook, then 20 bytes of IPv4 header."""
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 17, 0, IPv4Address(source).packed, bytes(4))
    body = struct.pack("=HH", 11, 1) + struct.pack(">IHBx", packet, 0x0800, 1)
    body += struct.pack("=HHI", 8, 5, 7) + struct.pack("=HH", 24, 10) + header
    return struct.pack("=IHHIIBBH", 20 + len(body), kind, 0, 0, 0, 2, 0, 0) + body


class TestNetlink:
    def test_packets_are_read(self) -> None:
        data = packet_message(7, A, 1500) + packet_message(8, B, 60, kind=2) + packet_message(0xFFFFFFFF, B, 40)
        assert list(nfqueue.parse_packets(data)) == [(7, A, 1500), (0xFFFFFFFF, B, 40)]

    @given(st.integers(0, 68))
    def test_a_message_cut_short_is_passed_over(self, size: int) -> None:
        message = packet_message(7, A, 1500)
        assert list(nfqueue.parse_packets(message[: min(size, len(message) - 1)])) == []

    @given(st.binary(max_size=200), st.integers(0, 60))
    def test_no_bytes_break_the_reader(self, noise: bytes, at: int) -> None:
        message = packet_message(7, A, 1500)
        list(nfqueue.parse_packets(noise))
        list(nfqueue.parse_packets(message[:at] + noise + message[at:]))

    def test_verdicts_are_one_message_a_packet(self) -> None:
        data = nfqueue.verdicts(3, nfqueue.DROP, [1, 0xFFFFFFFF])
        assert len(data) == 64
        first = struct.unpack("=IHHII", data[:16]) + struct.unpack(">BBH", data[16:20])
        assert first == (32, 0x301, 1, 0, 0, 0, 0, 3)
        assert struct.unpack("=HH", data[20:24]) == (12, 2)
        assert [struct.unpack(">II", data[at : at + 8]) for at in (24, 56)] == [(0, 1), (0, 0xFFFFFFFF)]

    def test_no_packets_need_no_message(self) -> None:
        assert nfqueue.verdicts(0, nfqueue.ACCEPT, []) == b""


def saved(filters_: filters.Filters, first: str = "-A INPUT -j SIMNET-IN") -> str:
    """What ``iptables-save`` prints of them."""
    rules = [line for line in filters.restore_text(filters_).splitlines() if line.startswith("-A")]
    return "\n".join(["# Generated", "*filter", ":INPUT ACCEPT [1:2]", ":SIMNET-IN - [0:0]", first, *rules, "COMMIT"])


class TestFilters:
    def test_drops_come_before_queues(self) -> None:
        wanted = filters.wanted({A: Link(delay=1.0), B: Link(cut=True, loss=0.1)}, queue=True)
        assert filters.restore_text(wanted).splitlines() == [
            "*filter",
            ":SIMNET-IN - [0:0]",
            f"-A SIMNET-IN -s {B}/32 -j DROP",
            f"-A SIMNET-IN -s {A}/32 -j NFQUEUE --queue-num 0 --queue-bypass",
            f"-A SIMNET-IN -s {B}/32 -j NFQUEUE --queue-num 0 --queue-bypass",
            "COMMIT",
        ]

    def test_nothing_is_queued_where_egress_shapes(self) -> None:
        assert filters.wanted({A: Link(delay=1.0)}, queue=False) == filters.Filters()

    @given(st.frozensets(addresses), st.frozensets(addresses))
    def test_what_is_saved_reads_as_what_was_restored(self, cut: frozenset[str], queued: frozenset[str]) -> None:
        wanted = filters.Filters(cut, queued)
        assert filters.parse_saved(saved(wanted)) == wanted

    @pytest.mark.parametrize("first", ["", "-A INPUT -j ACCEPT\n-A INPUT -j SIMNET-IN", "-A FORWARD -j SIMNET-IN"])
    def test_rules_that_nothing_jumps_to_do_not_count(self, first: str) -> None:
        assert filters.parse_saved(saved(filters.Filters(frozenset([A])), first)) == filters.Filters()

    def test_other_rules_are_not_taken_for_ours(self) -> None:
        text = (
            saved(filters.Filters()) + "\n-A SIMNET-IN -s 10.0.0.9/32 -p tcp -j DROP\n-A OTHER -s 10.0.0.8/32 -j DROP"
        )
        assert filters.parse_saved(text) == filters.Filters()


QDISCS = json.dumps(
    [
        {"kind": "htb", "handle": "1:", "root": True, "refcnt": 3, "options": {"r2q": 10, "default": "0"}},
        {
            "kind": "netem",
            "handle": "10:",
            "parent": "1:10",
            "options": {
                "limit": 1000,
                "delay": {"delay": 0.1, "jitter": 0.02, "correlation": 0},
                "loss-random": {"loss": 0.02, "correlation": 0},
                "reorder": {"reorder": 0.25, "correlation": 0},
                "rate": {"rate": 625000, "packetoverhead": 0, "cellsize": 0, "celloverhead": 0},
                "gap": 1,
            },
        },
        {"kind": "netem", "handle": "1a:", "parent": "1:1a", "options": {"limit": 1000, "rate": {"rate": 12500000000}}},
    ]
)
"""The htb entry as a kernel printed it; the netem entries after iproute2's source."""
FILTERS = json.dumps(
    [
        {"parent": "1:", "protocol": "ip", "pref": 1, "kind": "u32", "chain": 0},
        {"kind": "u32", "options": {"fh": "800:", "ht_divisor": 1}},
        {"kind": "u32", "options": {"fh": "800::800", "flowid": "1:10", "match": {"value": "a000001", "off": 16}}},
        {"kind": "u32", "options": {"fh": "800::801", "flowid": "1:1a", "match": {"value": "a000002", "off": 16}}},
    ]
)


class TestEgress:
    DEGRADED = Link(delay=0.1, jitter=0.02, loss=0.02, reorder=0.25, rate=5e6)

    def test_the_first_shaped_link_makes_root_class_leaf_and_filter(self) -> None:
        assert egress.batch(egress.Egress(), {A: self.DEGRADED, B: CLEAR}).splitlines() == [
            "qdisc replace dev eth0 root handle 1: htb default 0 direct_qlen 1000",
            "class add dev eth0 parent 1: classid 1:10 htb rate 100gbit quantum 60000",
            "qdisc add dev eth0 parent 1:10 handle 10: netem limit 1000 delay 0.100000s 0.020000s"
            " loss 2.000000000% reorder 25.000000000% rate 5000000bit",
            "filter add dev eth0 parent 1: protocol ip prio 1 u32 match ip dst 10.0.0.1/32 flowid 1:10",
        ]

    def test_what_is_installed_is_read_back(self) -> None:
        now = egress.parse_installed(QDISCS, FILTERS)
        assert now.ready
        assert now.classes == {A: 0x10, B: 0x1A}
        assert now.links == {A: self.DEGRADED, B: CLEAR}
        assert now.shaped == {A: self.DEGRADED}

    def test_a_device_without_any_is_read_back(self) -> None:
        assert egress.parse_installed('[{"kind":"noqueue","handle":"0:","root":true}]', "") == egress.Egress()

    def test_nothing_changes_nothing(self) -> None:
        assert egress.batch(egress.parse_installed(QDISCS, FILTERS), {A: self.DEGRADED}) == ""

    def test_changed_links_change_their_leaf_in_place(self) -> None:
        text = egress.batch(egress.parse_installed(QDISCS, FILTERS), {B: Link(delay=1.0)})
        assert text.splitlines() == [
            "qdisc change dev eth0 parent 1:1a handle 1a: netem"
            " limit 82563 delay 1.000000s 0.000000s rate 100000000000bit",
            "qdisc change dev eth0 parent 1:10 handle 10: netem"
            " limit 1000 delay 0.000000s 0.000000s rate 100000000000bit",
        ]

    def test_a_new_destination_gets_a_number_of_its_own(self) -> None:
        text = egress.batch(egress.parse_installed(QDISCS, FILTERS), {A: self.DEGRADED, "10.0.0.3": Link(loss=0.1)})
        assert [line.split()[:2] for line in text.splitlines()] == [
            ["class", "add"],
            ["qdisc", "add"],
            ["filter", "add"],
        ]
        assert "classid 1:1b " in text


class TestArrivals:
    def test_late_and_repeated_probes_are_told_apart(self) -> None:
        arrivals = Arrivals()
        for number in (0, 2, 1, 2, 3):
            arrivals.record(5, number)
        assert arrivals.take(5) == (4, 1)
        assert arrivals.take(5) == (0, 0), "asking forgets"

    def test_old_series_are_forgotten(self) -> None:
        arrivals = Arrivals()
        for series in range(5000):
            arrivals.record(series, 0)
        assert arrivals.take(0) == (0, 0)
        assert arrivals.take(4999) == (1, 0)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
verbs = st.sampled_from(["hello", "probe", "arrived", "nonsense"])


@given(st.dictionaries(st.sampled_from(["series", "targets", "count"]), json_values), verbs)
def test_any_request_is_answered_or_refused(request: dict[str, object], verb: str) -> None:
    try:
        answer = Verbs(Rules("filter", None), Arrivals()).answer({**request, "verb": verb})
    except (ValueError, TypeError):
        return
    assert isinstance(answer, dict)


@pytest.fixture
def arrivals() -> Arrivals:
    return Arrivals()


@pytest.fixture
def agent(arrivals: Arrivals) -> Iterator[LinkAgent]:
    """The host's end of a control server that runs here, where nothing shapes."""
    with ControlServer(Verbs(Rules("filter", None), arrivals), "secret", port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield LinkAgent("127.0.0.1", server.server_address[1], "secret")
        server.shutdown()


class TestLinkAgent:
    def test_it_says_how_it_shapes(self, agent: LinkAgent) -> None:
        assert agent.mode == "filter"

    def test_it_tells_what_arrived_of_each_series(self, agent: LinkAgent, arrivals: Arrivals) -> None:
        for number in (0, 2, 1):
            arrivals.record(5, number)
        assert agent.arrived([5, 6]) == {5: (3, 1), 6: (0, 0)}

    def test_what_is_refused_says_why(self, agent: LinkAgent) -> None:
        with pytest.raises(FaultError, match="refused 'probe': ValueError: count is a whole number"):
            agent.probe({A: 1}, count=-1, interval=0.0, patience=0.0)

    def test_another_token_is_turned_away(self, agent: LinkAgent) -> None:
        with pytest.raises(FaultError, match="its token may be another"):
            LinkAgent(agent.host, agent.port, "other").arrived([5])


class FakeAgent:
    """Keeps what it is given, in mode netem."""

    mode = "netem"

    def __init__(self, spoil: Mapping[str, LinkState] | None = None) -> None:
        self.tables = Tables({}, {})
        self.applied = 0
        self._spoil = spoil or {}

    def apply(self, _generation: int, tables: Tables) -> Tables:
        self.applied += 1
        self.tables = Tables(tables.ingress, {**tables.egress, **self._spoil})
        return self.tables

    def read(self) -> Tables:
        return self.tables


def control_of(**agents: FakeAgent) -> LinkControl:
    return LinkControl(cast("dict[str, LinkAgent]", agents), dict(zip(agents, (A, B), strict=True)))


class TestLinkControl:
    STATE = LinkState(cut=True, delay=0.1, loss=0.2)

    def test_with_netem_the_target_cuts_and_the_source_delays(self) -> None:
        a, b = FakeAgent(), FakeAgent()
        control = control_of(a=a, b=b)
        control.apply({("a", "b"): self.STATE})
        assert b.tables == Tables({A: LinkState(cut=True)}, {})
        assert a.tables == Tables({}, {B: LinkState(delay=0.1, loss=0.2)})
        assert links_read_back(control) == {("a", "b"): self.STATE, ("b", "a"): CLEAR_STATE}

    def test_only_agents_with_changes_are_asked(self) -> None:
        a, b = FakeAgent(), FakeAgent()
        control = control_of(a=a, b=b)
        for links_ in ({}, {("a", "b"): LinkState(cut=True)}, {("a", "b"): LinkState(cut=True)}):
            control.apply(links_)
        assert (a.applied, b.applied) == (1, 2)

    def test_a_difference_names_the_link_and_is_asked_again(self) -> None:
        a, b = FakeAgent(spoil={B: LinkState(delay=0.3)}), FakeAgent()
        control = control_of(a=a, b=b)
        for _ in range(2):
            with pytest.raises(FaultError, match=r"a -> b: asked .*delay=0\.1.*read back .*delay=0\.3"):
                control.apply({("a", "b"): LinkState(delay=0.1)})
        assert a.applied == 2

    @pytest.mark.parametrize("seen", [LinkState(rate=5e6 + 4), LinkState(rate=5e6)])
    def test_digits_that_tc_does_not_print_do_not_count(self, seen: LinkState) -> None:
        assert same_link(LinkState(rate=5e6), seen)

    @pytest.mark.parametrize("seen", [LinkState(), LinkState(rate=5e6, cut=True), LinkState(rate=5.01e6)])
    def test_other_links_are_not_the_same(self, seen: LinkState) -> None:
        assert not same_link(LinkState(rate=5e6), seen)
