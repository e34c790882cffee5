"""Links between real sandboxes: what probes and TCP see of every kind of impairment, and that it goes away again."""

from __future__ import annotations

import json
import secrets
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import docker
import pytest
from docker.models.containers import Container

from simnet.errors import DeadlineError, FaultError
from simnet.faults import CLEAR, LinkState
from simnet.providers.docker.link_agent import LinkAgent
from simnet.providers.docker.links import EchoMeasurement, LinkControl
from simnet.providers.docker.sandbox.control import PORT, TOKEN_ENV
from simnet.providers.docker.sandbox_image import ensure_sandbox_image
from simnet.providers.docker.site import SANDBOX_OPTIONS, agent_of, published_ports
from tests.links_read_back import links_read_back

pytestmark = pytest.mark.docker

CUT = LinkState(cut=True)
AB, BA, AC, CA, BC, CB = ("a", "b"), ("b", "a"), ("a", "c"), ("c", "a"), ("b", "c"), ("c", "b")
ALL = (AB, BA, AC, CA, BC, CB)
TOKEN = "linktest"


@dataclass
class Lab:
    """Sandboxes a, b and c on one network."""

    containers: dict[str, Container]
    control: LinkControl

    def run(self, name: str, script: str) -> str:
        """Runs Python in a sandbox to its end and returns what it printed."""
        code, output = self.containers[name].exec_run(["python3", "-c", script])
        assert isinstance(output, bytes)
        assert code == 0, output.decode()
        return output.decode()

    def begin(self, name: str, script: str) -> Iterator[bytes]:
        """Starts Python in a sandbox and returns its output after the line ``up``, which it prints when it is ready."""
        _, output = self.containers[name].exec_run(["python3", "-c", script], stream=True)
        assert not isinstance(output, bytes)
        assert next(output).strip() == b"up"
        return output

    def measure(self, pair: tuple[str, str], count: int = 20, interval: float = 0.01) -> EchoMeasurement:
        return self.control.measure([pair], count=count, interval=interval)[pair]


def address_of(container: Container, network: str) -> str:
    return str(container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"])


def lost_out(seen: EchoMeasurement) -> float:
    """Share lost from source to target."""
    return 1 - seen.arrived / seen.sent


def lost_round(seen: EchoMeasurement) -> float:
    """Share lost on the way there or back."""
    return 1 - len(seen.rtts) / seen.sent


Start = Callable[..., Container]


@pytest.fixture(scope="module")
def start(engine: docker.DockerClient) -> Iterator[Start]:
    """Starts sandboxes on one labelled network; removes them all in the end."""
    run = f"linktest-{secrets.token_hex(4)}"
    labels = {"simnet.run": run}
    image = ensure_sandbox_image(engine)
    network = engine.networks.create(run, labels=labels)
    started: list[Container] = []

    def start_one(**options: object) -> Container:
        common = {"network": run, "labels": labels, "environment": {TOKEN_ENV: TOKEN}, **SANDBOX_OPTIONS}
        started.append(engine.containers.run(image, detach=True, **{**common, **options}))
        started[-1].reload()
        return started[-1]

    try:
        yield start_one
    finally:
        for container in started:
            container.remove(force=True, v=True)
        network.remove()


@pytest.fixture(scope="module")
def sandboxes(start: Start) -> Lab:
    containers = {name: start() for name in "abc"}
    agents = {name: agent_of(container, TOKEN) for name, container in containers.items()}
    for agent in agents.values():
        agent.wait_ready(20)
    addresses = {
        name: address_of(c, next(iter(c.attrs["NetworkSettings"]["Networks"]))) for name, c in containers.items()
    }
    return Lab(containers, LinkControl(agents, addresses))


@pytest.fixture
def lab(sandboxes: Lab) -> Iterator[Lab]:
    """The module's sandboxes with all links clear, before and after."""
    sandboxes.control.apply({})
    yield sandboxes
    sandboxes.control.apply({})


def shaping(lab: Lab) -> None:
    if lab.control.agents["a"].mode == "filter":
        pytest.skip("this kernel has neither netem nor packet queues")


def test_clear_links_lose_nothing(lab: Lab) -> None:
    seen = lab.control.measure(ALL, count=10, interval=0.01)
    assert {pair: (m.arrived, len(m.rtts)) for pair, m in seen.items()} == dict.fromkeys(ALL, (10, 10))
    assert links_read_back(lab.control) == dict.fromkeys(ALL, CLEAR)


def test_a_cut_both_ways_loses_everything_and_leaves_other_links(lab: Lab) -> None:
    lab.control.apply({AB: CUT, BA: CUT})
    seen = lab.control.measure(ALL, count=10, interval=0.01)
    assert {pair: lost_out(m) for pair, m in seen.items()} == {AB: 1, BA: 1, AC: 0, CA: 0, BC: 0, CB: 0}


def test_a_one_way_cut_loses_one_direction_only(lab: Lab) -> None:
    lab.control.apply({AB: CUT})
    seen = lab.control.measure([AB, BA], count=10, interval=0.01)
    assert (lost_out(seen[AB]), lost_out(seen[BA])) == (1, 0)
    assert (lost_round(seen[AB]), lost_round(seen[BA])) == (1, 1), "an echo needs both directions"
    assert seen[AB].rtt_median is None


def test_delay_and_jitter_both_ways_show_in_round_trips(lab: Lab) -> None:
    shaping(lab)
    slow = LinkState(delay=0.1, jitter=0.02)
    lab.control.apply({AB: slow, BA: slow})
    seen = lab.measure(AB, count=60)
    assert len(seen.rtts) == 60
    assert seen.reordered == 0, "jitter alone keeps the order"
    assert min(seen.rtts) >= 0.16 and max(seen.rtts) < 0.3
    assert seen.rtt_median is not None and 0.18 < seen.rtt_median < 0.24


def test_loss_is_within_binomial_bounds(lab: Lab) -> None:
    shaping(lab)
    lab.control.apply({AB: LinkState(loss=0.2)})
    seen = lab.measure(AB, count=600, interval=0.002)
    deviation = (0.2 * 0.8 / 600) ** 0.5
    assert abs(lost_out(seen) - 0.2) < 4 * deviation
    assert len(seen.rtts) == seen.arrived, "the way back is clear"


def test_reordered_probes_overtake_those_that_wait(lab: Lab) -> None:
    shaping(lab)
    lab.control.apply({AB: LinkState(delay=0.05, reorder=0.25)})
    seen = lab.measure(AB, count=200, interval=0.005)
    assert seen.arrived == 200
    assert seen.reordered > 20


def transfer(lab: Lab, source: str, target: str, size: int) -> float:
    """Seconds that ``size`` bytes take over TCP, as the receiving end sees it."""
    receiver = (
        "import socket,time;s=socket.create_server(('0.0.0.0',7000));print('up',flush=True);c,_=s.accept();"
        "t=time.monotonic();n=0\n"
        "while d:=c.recv(65536): n+=len(d)\n"
        "print(n,time.monotonic()-t)"
    )
    output = lab.begin(target, receiver)
    address = lab.control.addresses[target]
    lab.run(source, f"import socket;s=socket.create_connection(({address!r},7000));s.sendall(bytes({size}));s.close()")
    received, seconds = b"".join(output).split()
    assert int(received) == size
    return float(seconds)


def test_a_rate_limits_tcp(lab: Lab) -> None:
    shaping(lab)
    lab.control.apply({AB: LinkState(rate=5e6)})
    size = 2_000_000
    assert 0.75 * 5e6 < size * 8 / transfer(lab, "a", "b", size) < 5.1e6


def test_overlapping_changes_follow_each_other(lab: Lab) -> None:
    shaping(lab)
    slow = LinkState(delay=0.05)
    asked: list[dict[tuple[str, str], LinkState]] = [
        {AB: slow},
        {AB: LinkState(cut=True, delay=0.05), CB: LinkState(loss=0.5)},
        {AB: slow, CB: LinkState(loss=0.5, rate=1e6)},
        {CB: CUT},
    ]
    for links in asked:
        lab.control.apply(links)
        assert links_read_back(lab.control) == dict.fromkeys(ALL, CLEAR) | links
    seen = lab.control.measure([AB, CB], count=10, interval=0.01)
    assert (lost_out(seen[AB]), lost_out(seen[CB])) == (0, 1)
    assert max(lab.measure(AB, count=10).rtts) < 0.04, "the delay is gone"


def test_held_packets_survive_a_change(lab: Lab) -> None:
    shaping(lab)
    script = (
        "import socket;s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.bind(('0.0.0.0',7001));s.settimeout(5)\n"
        "print('up',flush=True);print([int(s.recv(9)) for _ in range(20)])"
    )
    lab.control.apply({AB: LinkState(delay=1.0)})
    output = lab.begin("b", script)
    address = lab.control.addresses["b"]
    lab.run(
        "a",
        "import socket;s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
        f"for n in range(20): s.sendto(str(n).encode(),({address!r},7001))",
    )
    lab.control.apply({AB: LinkState(delay=0.01)})
    lab.control.apply({})
    assert json.loads(b"".join(output)) == list(range(20))


def test_removal_restores(lab: Lab) -> None:
    lab.control.apply(dict.fromkeys(ALL, CUT))
    assert lost_out(lab.measure(AB, count=5)) == 1
    lab.control.apply({})
    assert links_read_back(lab.control) == dict.fromkeys(ALL, CLEAR)
    seen = lab.measure(AB, count=20)
    assert lost_round(seen) == 0
    assert seen.rtt_median is not None and seen.rtt_median < 0.02


def test_the_harness_stays_connected_while_all_links_are_cut(lab: Lab) -> None:
    lab.control.apply(dict.fromkeys(ALL, CUT))
    fresh = agent_of(lab.containers["a"], TOKEN)
    assert set(fresh.read().ingress.values()) == {CUT}


def test_an_unchanged_table_contacts_nobody(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.control.apply({AB: CUT})
    contacted: list[LinkAgent] = []
    real = LinkAgent.apply

    def counted(agent: LinkAgent, *rest: object) -> object:
        contacted.append(agent)
        return real(agent, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(LinkAgent, "apply", counted)
    lab.control.apply({AB: CUT})
    assert contacted == []
    lab.control.apply({AB: CUT, AC: CUT})
    assert contacted == [lab.control.agents["c"]]


def test_rules_that_somebody_else_removed_are_noticed(lab: Lab) -> None:
    lab.control.apply({AB: CUT})
    code, output = lab.containers["b"].exec_run(["iptables", "-D", "INPUT", "-j", "SIMNET-IN"])
    assert code == 0, output
    try:
        assert links_read_back(lab.control)[AB] == CLEAR
        with pytest.raises(FaultError, match=r"a -> b: asked LinkState\(cut=True.*read back LinkState\(cut=False"):
            lab.control.apply({AB: CUT, CB: CUT})
    finally:
        lab.containers["b"].exec_run(["iptables", "-I", "INPUT", "1", "-j", "SIMNET-IN"])


def test_a_partition_is_applied_and_read_back_quickly(lab: Lab) -> None:
    """The budget of 300 ms is for six agents on an idle machine; this guards against an order of magnitude."""
    times = []
    for _ in range(5):
        begin = time.monotonic()
        lab.control.apply({AC: CUT, CA: CUT, BC: CUT, CB: CUT})
        times.append(time.monotonic() - begin)
        lab.control.apply({})
    assert statistics.median(times) < 1.0


def test_malformed_input_is_answered_and_harms_nothing(lab: Lab) -> None:
    port = published_ports(lab.containers["a"])[PORT]
    lines = [
        b"not json", b"[]", b'{"verb": "explode"}', b'{"verb": "apply"}', b"[" * 100_000,
        b'{"verb": "apply", "generation": 1e99, "ingress": {}, "egress": {}}',
        b'{"verb": "apply", "generation": 0, "ingress": {"nowhere": {}}, "egress": {}}',
        b'{"verb": "probe", "targets": {"1.2.3.4": -1}, "count": 1, "interval": 0, "patience": 0}',
        b'{"verb": "arrived", "series": [[]]}', b"\xff\xfe",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock, sock.makefile("rb") as answers:
        sock.sendall(json.dumps({"token": TOKEN}).encode() + b"\n")
        for line in lines:
            sock.sendall(line + b"\n")
            assert "error" in json.loads(answers.readline()), line[:80]
    assert lost_round(lab.measure(BA, count=5)) == 0


def test_a_wrong_token_is_turned_away(lab: Lab) -> None:
    with pytest.raises(FaultError, match="its token may be another"):
        agent_of(lab.containers["a"], "other").read()


def test_an_older_generation_is_refused(lab: Lab) -> None:
    agent = lab.control.agents["a"]
    with pytest.raises(FaultError, match="older than"):
        agent.apply(1, agent.read())


def test_an_agent_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    agent = LinkAgent("127.0.0.1", port, TOKEN)
    with pytest.raises(FaultError, match=f"127.0.0.1:{port} did not answer 'read'"):
        agent.read()
    with pytest.raises(DeadlineError, match=r"not ready after 0\.1s"):
        agent.wait_ready(0.1)


def test_egress_commands_work_on_this_kernel_with_another_leaf(lab: Lab) -> None:
    """All but the netem leaf itself, for which another queue stands in, so that it runs on any kernel."""
    b, c = lab.control.addresses["b"], lab.control.addresses["c"]
    script = (
        "import json,re;from sandbox import egress;from sandbox.command import run;from sandbox.link import Link\n"
        f"for links in [{{{b!r}: Link(delay=0.1)}}, {{{c!r}: Link(loss=0.1)}}]:\n"
        "  text=egress.batch(egress.installed(),links)\n"
        "  run('tc','-batch','-',text=re.sub('netem .*','pfifo limit 1000',text))\n"
        "now=egress.installed();print(json.dumps([now.ready,now.classes]))"
    )
    try:
        assert json.loads(lab.run("a", script)) == [True, {b: 0x10, c: 0x11}]
        assert lost_round(lab.measure(AB, count=10)) == 0
        shown = lab.run("a", "from sandbox.command import run;print(run('tc','-s','-j','qdisc','show','dev','eth0'))")
        packets = {qdisc["handle"]: qdisc["packets"] for qdisc in json.loads(shown)}
        assert packets["10:"] >= 10
        assert packets["11:"] == 0
    finally:
        lab.containers["a"].exec_run(["tc", "qdisc", "del", "dev", "eth0", "root"])


def test_docker_stop_is_instant(start: Start) -> None:
    container = start()
    agent_of(container, TOKEN).wait_ready(20)
    begin = time.monotonic()
    container.stop(timeout=20)
    assert time.monotonic() - begin < 5
    container.reload()
    assert container.attrs["State"]["ExitCode"] == 0


def test_traffic_flows_when_the_agent_is_killed(lab: Lab, start: Start) -> None:
    """The agent is process 1 in use; here a shell is, so that the namespace outlives the agent."""
    shaping(lab)
    container = start(
        entrypoint=["sh", "-c"], command=["python3 -m sandbox.agent & echo $! >/tmp/pid; while :; do sleep 60; done"]
    )
    agent = agent_of(container, TOKEN)
    agent.wait_ready(20)
    if agent.mode != "nfqueue":
        pytest.skip("netem needs no living agent")
    network = next(iter(container.attrs["NetworkSettings"]["Networks"]))
    address = address_of(container, network)
    control = LinkControl({"d": agent, "a": lab.control.agents["a"]}, {"d": address, "a": lab.control.addresses["a"]})
    control.apply({("a", "d"): LinkState(loss=1.0)})
    ask = (
        f"import socket\ntry: socket.create_connection(({address!r},7002),1)\n"
        "except OSError as error: print(type(error).__name__)"
    )
    assert lab.run("a", ask).strip() == "TimeoutError"
    code, output = container.exec_run(["sh", "-c", "kill -9 $(cat /tmp/pid)"])
    assert code == 0, output
    assert lab.run("a", ask).strip() == "ConnectionRefusedError", "a packet came through and was answered"
    with pytest.raises(FaultError, match="sandbox of d: "):
        control.apply({})
