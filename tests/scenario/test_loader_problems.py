"""Every class of mistake: its line, its column, what is said of it, and the hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.errors import InputError, Problem, ScenarioError
from simnet.scenario.loader import load_network, load_scenario


def problems(folder: Path, text: str | bytes) -> list[Problem]:
    """What is wrong with a scenario file of that text."""
    file = folder / "scenario.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ScenarioError) as raised:
        load_scenario(file)
    assert all(problem.file == file for problem in raised.value.problems)
    return list(raised.value.problems)


def in_steps(step: str) -> str:
    """A scenario whose third line is that step; its text begins in column 5."""
    return f"name: x\nsteps:\n  - {step}\n"


ONE_PROBLEM = [
    ("nam: x\n", 1, 1, "unknown key 'nam'", "did you mean 'name'?"),
    ("name: x\ntagz: [a]\n", 2, 1, "unknown key 'tagz'", "did you mean 'tags'?"),
    ("name: x\nfoo: 1\n", 2, 1, "unknown key 'foo'", "known are description, tags"),
    ("seed: 1\n", 1, 1, "missing key 'name'", None),
    (in_steps("send: {fro: relay, to: 2000}"), 3, 12, "unknown key 'fro'", "did you mean 'from'?"),
    (in_steps("send: {from: relay}"), 3, 11, "missing key 'to'", None),
    (in_steps("inject: {one_way_cut: {from: alice}}"), 3, 27, "missing key 'to'", None),
    (in_steps("inject: {isolate: {target: alice}}"), 3, 24, "unknown key 'target'", "did you mean 'targets'?"),
    (in_steps("inject: {one-way-cut: {from: a, to: b}}"), 3, 14, "unknown key 'one-way-cut'", "'one_way_cut'"),
    (in_steps("wait: {for: 60}"), 3, 17, "60 is a length of time without a unit", "60s or 10 blocks"),
    (in_steps('wait: {for: "60"}'), 3, 17, "'60' has no unit", "write for example 60s"),
    (in_steps("wait: {for: 60sec}"), 3, 17, "'60sec' has the unknown unit 'sec'", "known are ms, s, min, h"),
    (in_steps("wait: {for: 1:30}"), 3, 17, "'1:30' is not a duration", "60s"),
    (in_steps("wait: {for: {seconds: 3}}"), 3, 17, "expected text such as 60s, found a mapping", None),
    (in_steps("wait: {state: redy}"), 3, 19, "found text 'redy'", "did you mean 'ready'?"),
    (in_steps("wait: {}"), 3, 5, "wait takes exactly one of for, until and state", None),
    (in_steps("wait: {for: 3s, state: ready}"), 3, 5, "wait takes exactly one of for, until and state", None),
    (in_steps("label: a"), 3, 5, "this step has no verb", "give one of wait, inject"),
    (in_steps("{start: alice, heal: all}"), 3, 5, "this step has 2 verbs: heal, start", "give one of"),
    (in_steps("inject: {as: x}"), 3, 5, "this names no fault", "give one of stop, kill"),
    (in_steps("inject: {outage: {}}"), 3, 14, "an outage names either a region or a provider", None),
    (in_steps("inject: {degrade: {from: alice, to: bob}}"), 3, 14, "degrade changes nothing", "give delay"),
    (in_steps("inject: {degrade: {from: alice, to: bob, loss: 2}}"), 3, 52, "2 is a share without a unit", "2 %"),
    (in_steps("inject: {partition: {groups: alice}}"), 3, 34, "expected a list, found text 'alice'", None),
    (in_steps("start: alice"), 3, 12, "alice runs already", "only nodes with joins_late"),
    (in_steps("restart: alice"), 3, 14, "expected a mapping, found text 'alice'", None),
    (in_steps("just text"), 3, 5, "expected a mapping, found text 'just text'", None),
    (in_steps("inject: {pause: , as: x}"), 3, 20, "expected a mapping, found nothing", None),
    (in_steps("restart:"), 3, 13, "expected a mapping, found nothing", None),
    ("name: x\nsteps: {wait: 3}\n", 2, 8, "expected a list, found a mapping", "begin each item with '- '"),
    ("name: x\ntags: a\n", 2, 7, "expected a list, found text 'a'", None),
    ("name: 3\n", 1, 7, "expected text, found the number 3", "put it in quotes"),
    ("name: An x\n", 1, 7, "text 'An x' does not have the form", "Lower-case"),
    ("name:\n", 1, 6, "expected text, found nothing", None),
    ("name: x\nseed: -1\n", 2, 7, "expected at least 0, found the number -1", None),
    ("name: x\nseed: true\n", 2, 7, "expected a whole number, found true", None),
    ("name: x\nseed: 1.5\n", 2, 7, "expected a whole number, found the number 1.5", None),
    ("name: x\nnetwork: {relay: {validators: yes please}}\n", 2, 31, "expected a whole number or a list", None),
    ("name: x\nnetwork: {relay: {validators: [{name: Al}]}}\n", 2, 39, "'Al' does not have the form", "a-z"),
    ("name: x\nnetwork: {channels: al}\n", 2, 21, "one of 'all', 'none' or a list", "did you mean 'all'?"),
    ("name: x\nnetwork: {channels: [{from: 1, t: 2}]}\n", 2, 32, "unknown key 't'", "did you mean 'to'?"),
    ("name: x\nexpect: [finality_lag: {}]\n", 2, 24, "missing key 'at_most'", None),
    (
        "name: x\nexpect: [cadence: {para: relay, blocks: 3, at_most: 3}]\n",
        2,
        26,
        "the relay chain is none of its",
        None,
    ),
    ("name: x\nexpect: [channel_filled: {from: relay, to: relay}]\n", 2, 10, "HRMP channels join two parachains", None),
    ("name: x\n'': 1\n", 2, 1, "unknown key ''", "known are description, tags"),
    ("name: x\nname: y\n", 2, 1, "the key 'name' stands twice", "first on line 1"),
    ("name: x\ntrue: y\n", 2, 1, "the key 'true' is true or false, not text", "put it in quotes"),
    ("name: x\n20.5: y\n", 2, 1, "the key '20.5' is a number, not text", "put it in quotes"),
    ("name: x\n~: y\n", 2, 1, "the key '~' is nothing, not text", "put it in quotes"),
    ("name: x\n[a, b]: y\n", 2, 1, "a list cannot be a key", "quotes"),
    ("name: !!python/object:os.system x\n", 1, 7, "the tag !!python/object:os.system means nothing", "leave it"),
    ("name: x\n<<: 3\n", 2, 5, "'<<' takes a mapping or a list of mappings", None),
]


@pytest.mark.parametrize("mistake", ONE_PROBLEM, ids=lambda mistake: mistake[3])
def test_one_mistake(tmp_path: Path, mistake: tuple[str, int, int, str, str | None]) -> None:
    text, line, column, message, hint = mistake
    (found,) = problems(tmp_path, text)
    assert (found.line, found.column) == (line, column)
    assert message in found.message
    assert (found.hint is None) == (hint is None)
    assert hint is None or hint in str(found.hint)


UNREADABLE = [
    ("", 1, 1, "this file is empty"),
    ("# only a comment\n", 1, 1, "this file is empty"),
    ("- a\n- b\n", 1, 1, "expected a mapping of keys to values, found a list"),
    ("just text", 1, 1, "expected a mapping of keys to values, found text 'just text'"),
    ("name: x\nsteps:\n\t- wait\n", 3, 1, "a tab stands where only spaces may"),
    ("name: x: y\n", 1, 8, "a ':' cannot stand here"),
    ("name: x\nsteps: [a\n", 3, 1, "not valid YAML"),
    ("name: x\n  seed: 1\n", 2, 7, "a ':' cannot stand here"),
    ("name: x\n---\nname: y\n", 2, 1, "a second document begins here"),
    ("name: *nobody\n", 1, 7, "undefined alias"),
    ("name: x\ndescription: &a [*a]\n", 2, 14, "an alias to itself"),
    ("name: x\n<<: &a {<<: *a}\n", 2, 5, "an alias to itself"),
    ('name: "\\UFFFFFFFF"\n', 1, 10, "an escape or number is out of range"),
    ("name: x\x07\n", 1, 8, "the control character U+0007"),
    (b"name: x\ndescription: caf\xe9\n", 2, 17, "this is not UTF-8 text"),
    ("name: " + "[" * 70 + "]" * 70, 1, 66, "nested more than 60 deep"),
    ("name: " + "[" * 5000, 1, 0, "nested too deeply"),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), UNREADABLE)
def test_what_is_no_mapping_of_yaml(tmp_path: Path, text: str | bytes, line: int, column: int, message: str) -> None:
    (found,) = problems(tmp_path, text)
    assert message in found.message
    assert found.line == line
    assert column in (0, found.column)


def test_python_names_of_fields_are_no_keys(tmp_path: Path) -> None:
    first, second = problems(tmp_path, in_steps("send: {sender: relay, to: 2000}"))
    assert (first.column, first.message) == (11, "missing key 'from'")
    assert (second.column, second.message) == (12, "unknown key 'sender'")


def test_a_template_that_was_never_filled_in(tmp_path: Path) -> None:
    whole, key = problems(tmp_path, "name: x\ndescription: {{ text }}\n")
    assert (whole.column, whole.message) == (14, "expected text, found a mapping")
    assert (key.column, key.message, key.hint) == (15, "a mapping cannot be a key", "put text with brackets in quotes")


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (found,) = problems(tmp_path, "\n".join(rows))
    assert "parts when its aliases are written out" in found.message


def test_all_mistakes_are_told_in_file_order(tmp_path: Path) -> None:
    text = (
        "name: x\n"
        "name: y\n"
        "steps:\n"
        "  - send: {fro: 2000, to: 2001, every: 60}\n"
        "  - inject: {partition: {groups: [a]}}\n"
        "  - 1: 2\n"
        "tags: a\n"
    )
    found = problems(tmp_path, text)
    assert [(one.line, one.column) for one in found] == [(2, 1), (4, 12), (4, 40), (5, 14), (6, 5), (7, 7)]


CONTRADICTIONS = [
    ("inject: {isolate: {targets: alicee}}", 33, "'alicee' stands for no node", "did you mean 'alice'?"),
    ("inject: {isolate: {targets: [alice, bo]}}", 41, "'bo' stands for no node", "did you mean 'bob'?"),
    ("inject: {partition: {groups: [[alice], [bobb]]}}", 45, "'bobb' stands for no node", "'bob'"),
    ("inject: {partition: {groups: [alice, all]}}", 14, "alice cannot be on two sides", None),
    ("inject: {outage: {region: eu}}", 31, "'region:eu' stands for no node", "region:default"),
    ("inject: {one_way_cut: {from: alice, to: alice}}", 14, "both ends are 'alice'", None),
    ("heal: cut", 11, "no fault named 'cut' was injected", None),
    ("change: {fault: cut, stop: {targets: bob}}", 21, "no fault named 'cut'", None),
    ("restart: {targets: alicee}", 24, "'alicee' stands for no node", "did you mean 'alice'?"),
    ("wipe: {targets: [bob, eve]}", 27, "'eve' stands for no node", ""),
    ("start: zed", 12, "'zed' stands for no node", ""),
    ("send: {from: relay, to: 2000}", 29, "no chain '2000'", "known are relay"),
    ("send: {from: relay, to: relay}", 5, "a message from relay to itself crosses no chain", None),
    ("submit: {chain: rely, call: A.b}", 21, "no chain 'rely'", "did you mean 'relay'?"),
    ("wait: {state: delivered, messages: [early]}", 41, "no step is labelled 'early'", None),
    ("wait: {state: ready, nodes: alise}", 33, "'alise' stands for no node", "did you mean 'alice'?"),
]


@pytest.mark.parametrize(("step", "column", "message", "hint"), CONTRADICTIONS)
def test_a_step_that_contradicts_the_rest(
    tmp_path: Path, step: str, column: int, message: str, hint: str | None
) -> None:
    (found,) = problems(tmp_path, in_steps(step))
    assert (found.line, found.column) == (3, column)
    assert message in found.message
    assert (found.hint or "") == "" if hint is None else hint in str(found.hint)


def test_a_fault_that_changes_nothing_in_this_network(tmp_path: Path) -> None:
    text = in_steps("inject: {isolate: {targets: alice}}") + "network: {relay: {validators: 1}}\n"
    (found,) = problems(tmp_path, text)
    assert (found.line, found.column) == (3, 14)
    assert "isolate targets=alice changes nothing in this network" in found.message


LATE = "network: {relay: {validators: [{name: alice}, {name: bob}, {name: late, joins_late: true}]}}\n"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("inject: {stop: {targets: bob}}|restart: {targets: bob}", (5, "bob is stopped by stop")),
        ("inject: {kill: {targets: bob}, as: k}|inject: {pause: {targets: bob}, as: p}|heal: p|wipe: {targets: bob}",
         (7, "bob is killed by k")),
        ("inject: {stop: {targets: bob}, as: s}|change: {fault: s, kill: {targets: alice}}|snapshot: {targets: alice}",
         (6, "alice is killed by s")),
        ("restart: {targets: [alice, late]}", (4, "late is started by no earlier step, so there is no process")),
        ("inject: {pause: {targets: late}}|wait: {for: 2s}", (4, "late is started by no earlier step")),
        ("inject: {stop: {targets: bob}, as: s}|heal: s|restart: {targets: bob}", None),
        ("inject: {stop: {targets: bob}, for: 9s}|wait: {for: 5s}|restart: {targets: bob}", (6, "bob is stopped by")),
        ("inject: {stop: {targets: bob}, for: 5s}|wait: {for: 9s}|restart: {targets: bob}", None),
        ("inject: {stop: {targets: bob}, for: 9s}|wait: {state: ready}|restart: {targets: bob}", None),
        ("inject: {stop: {targets: [bob, late]}}|start: late", (5, "late is stopped by stop")),
        ("inject: {stop: {targets: [bob, late]}, as: s}|heal: s|start: late", None),
        ("start: late|restart: {targets: late}", None),
    ],
)  # fmt: skip
def test_a_step_whose_process_is_not_there(tmp_path: Path, steps: str, told: tuple[int, str] | None) -> None:
    text = f"name: x\n{LATE}steps:\n" + "".join(f"  - {step}\n" for step in steps.split("|"))
    if told is None:
        (tmp_path / "fine.yaml").write_text(text)
        assert load_scenario(tmp_path / "fine.yaml").name == "x"
        return
    (found,) = problems(tmp_path, text)
    assert (found.line, told[1] in found.message) == (told[0], True), found.message


@pytest.mark.parametrize("start", [True, False])
def test_a_window_whose_process_is_never_there(tmp_path: Path, start: bool) -> None:
    text = f"name: x\n{LATE}schedule:\n  - {{at: 9s, wipe: {{targets: late}}}}\nsteps:\n  - wait: {{for: 2s}}\n"
    if start:
        (tmp_path / "fine.yaml").write_text(text + "  - start: late\n")
        assert load_scenario(tmp_path / "fine.yaml").name == "x"
        return
    (found,) = problems(tmp_path, text)
    assert found.line == 4
    assert "late is started by no step" in found.message


def test_contradictions_between_steps_and_expectations(tmp_path: Path) -> None:
    text = (
        "name: x\n"
        "schedule:\n"
        "  - {at: 1s, for: 2s, stop: {targets: alice}, as: cut}\n"
        "steps:\n"
        "  - inject: {kill: {targets: bob}, as: cut}\n"
        "  - {label: a, heal: cut}\n"
        "  - {label: a, heal: all}\n"
        "expect:\n"
        "  - finality_stalls: {during: cutt}\n"
        "  - finality_lag: {at_most: 3, nodes: [alice, charly], chain: relais}\n"
    )
    found = problems(tmp_path, text)
    assert [(one.line, one.column) for one in found] == [(5, 40), (7, 13), (9, 31), (10, 47), (10, 63)]
    assert [one.hint for one in found[2:]] == [
        "did you mean 'cut'?",
        "did you mean 'charlie'?",
        "did you mean 'relay'?",
    ]


NETWORK = [
    ("parachains: [{id: 1}, {id: 1}]", 28, "two parachains have the id 1"),
    ("relay: {validators: [{name: bob}, {name: bob}]}", 42, "two nodes are named 'bob'"),
    ("relay: {validators: 2, nodes: [{name: bob}]}", 39, "two nodes are named 'bob'"),
    ("relay: {validators: [{name: alice}, {name: bob, account: //Alice}]}", 58, "bob has the account of alice"),
    ("relay: {validators: [{name: a1, account: //1}, {name: a2, account: //01}]}", 68, "a2 has the account of a1"),
    ("parachains: [{id: 1, collators: [{name: aa}, {name: bb, account: //Aa}]}]", 66, "bb has the account of aa"),
    ("parachains: [{id: 1, collators: [{name: aa, twin_of: alice}]}]", 54, "which is no collator of its chain"),
    ("relay: {nodes: [{name: spare, twin_of: alice}]}", 40, "spare is a full node, which has no keys"),
    (
        "parachains: [{id: 1, collators: [{name: aa, sync: warp}]}]",
        51,
        "aa is a collator, both of whose clients sync in full",
    ),
    (
        "relay: {validators: [{name: bob, sync: warp, flags: [--sync=fast]}], nodes: [{name: x1}, {name: x2}]}",
        40,
        "bob has the flag --sync as well",
    ),
    ("relay: {nodes: [{name: x1, sync: warp, command: [polkadot]}]}", 34, "x1 has a command line of its own"),
    (
        "relay: {validators: [{name: bob}, {name: eve, sync: warp}], nodes: [{name: x1}]}",
        53,
        "eve has 2 peers at most, and warp sync waits for 3",
    ),
    ("relay: {validators: []}", 21, "a relay chain needs a validator"),
    ("{parachains: [{id: 1}], channels: [{from: 2, to: 1}]}", 43, "names parachain 2, which is not in this network"),
    ("{parachains: [{id: 1}], channels: [{from: 1, to: 1}]}", 36, "from 1 to itself cannot be opened"),
    (
        "{relay: {genesis: {configuration: {config: {hrmp_max_parachain_inbound_channels: 1}}}},"
        " parachains: [{id: 1}, {id: 2}, {id: 3}]}",
        82,
        "parachain 2 has 2 inbound HRMP channels, and hrmp_max_parachain_inbound_channels is 1",
    ),
    (
        f"{{channels: [{', '.join(f'{{from: 1, to: {para}}}' for para in range(2, 131))}],"
        f" parachains: [{', '.join(f'{{id: {para}}}' for para in range(1, 131))}]}}",
        12,
        "parachain 1 has 129 outbound HRMP channels, and no relay chain allows more than 128",
    ),
    ("links: [{from: alice, to: bo, delay: 1s}]", 27, "'bo' stands for no node"),
    ("relay: {runtime: a, spec: b}", 1, "runtime and spec contradict each other"),
    ("relay: {resources: {memory: 4}}", 9, "unknown key 'resources'"),
    ("relay: {nodes: [{name: node, resources: {memory: 4}}]}", 50, "4 is a size without a unit"),
    ("relay: {nodes: [{name: node, resources: {memory: 4KiB}}]}", 50, "less than 6 MiB of memory, and this is 4096"),
    ("relay: {nodes: [{name: node, resources: {pids: 0}}]}", 48, "expected at least 1, found the number 0"),
    ("relay: {nodes: [{name: node, resources: {pids: 5000000}}]}", 48, "expected at most 4194304"),
]


@pytest.mark.parametrize(("text", "column", "message"), NETWORK)
def test_a_network_file_that_contradicts_itself(tmp_path: Path, text: str, column: int, message: str) -> None:
    file = tmp_path / "network.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as raised:
        load_network(file)
    (found,) = raised.value.problems
    assert (found.file, found.line, found.column) == (file, 1, column)
    assert message in found.message


def test_both_nodes_of_each_chain_that_share_an_account_are_told_the_way_out(tmp_path: Path) -> None:
    """Unasked they equivocate, or panic the genesis builder (issue 13)."""
    file = tmp_path / "network.yaml"
    file.write_text(
        "relay: {validators: [{name: alice}, {name: bob, account: //Alice}, {name: charlie}, {name: dave}]}\n"
        "parachains: [{id: 2000, collators: [{name: one, account: //Eve}, {name: two, account: //Eve}]}]\n"
    )
    with pytest.raises(ScenarioError) as raised:
        load_network(file)
    assert [(one.line, (one.hint or "").split("`")[1]) for one in raised.value.problems] == [
        (1, "twin_of: alice"),
        (2, "twin_of: one"),
    ]


def test_nodes_of_different_chains_and_twins_may_have_one_account(tmp_path: Path) -> None:
    file = tmp_path / "network.yaml"
    file.write_text(
        "relay: {validators: [{name: alice}, {name: two, twin_of: alice}], nodes: [{name: full, account: //Alice}]}\n"
        "parachains: [{id: 2000, collators: [{name: three, account: //Alice}, {name: four, twin_of: three}]}]\n"
    )
    nodes = load_network(file).topology().nodes
    assert [(node.name, node.account) for node in nodes if node.role != "full"] == [
        (name, "//Alice") for name in ("alice", "two", "three", "four")
    ]


def test_a_missing_scenario_file_names_the_near_one(tmp_path: Path) -> None:
    (tmp_path / "quickstart.yaml").write_text("name: x\n")
    with pytest.raises(InputError, match=r"there is no file .*quickstrat\.yaml.*did you mean 'quickstart\.yaml'"):
        load_scenario(tmp_path / "quickstrat.yaml")


def test_a_folder_is_no_scenario_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        load_scenario(tmp_path)
