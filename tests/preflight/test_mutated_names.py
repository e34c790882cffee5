"""A name that is mistaken is told where it stands, whichever it is."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simnet.errors import Problem, ScenarioError
from simnet.preflight import in_scenario
from simnet.scenario.loader import load_scenario

BEGIN = "name: x\nnetwork: {relay: {validators: 2}, parachains: [{id: 2000}]}\nsteps:\n- wait: {for: 6s}\n"
STEPS = (
    # What may be mistaken stands between < and >; | is where it is told, by default at its beginning.
    "submit: {call: <Balances>.transfer_keep_alive, args: {dest: bob, value: 1}}",
    "submit: {call: |Balances.<transfer_keep_alive>, args: {dest: bob, value: 1}}",
    "submit: {call: Balances.transfer_keep_alive, args: {<dest>: bob, value: 1}}",
    "submit: {call: Balances.transfer_keep_alive, args: {dest: <bob>, value: 1}}",
    "submit: {call: Balances.transfer_keep_alive, args: {dest: {<Id>: bob}, value: 1}}",
    "submit: {call: Balances.transfer_keep_alive, args: {dest: bob, value: |1 <ROC>}}",
    "submit: {calls: [{call: System.remark, args: {remark: a}}, {call: <System>.remark, args: {remark: a}}]}",
    "submit: {calls: [{call: System.remark, args: {remark: a}}, {call: System.remark, args: {<remark>: a}}]}",
    "submit: {call: Utility.batch, args: {calls: [{<System>: {remark: {remark: a}}}]}}",
    "submit: {call: Utility.batch, args: {calls: [{System: {|<remark>: {remark: a}}}]}}",
    "submit: {call: Utility.batch, args: {calls: [{System: {remark: {<remark>: a}}}]}}",
    "submit: {as: {origin: {<Origins>: WhitelistedCaller}}, call: System.remark, args: {remark: a}}",
    "submit: {as: {origin: {Origins: <WhitelistedCaller>}}, call: System.remark, args: {remark: a}}",
    "submit: {as: <alice>, call: System.remark, args: {remark: a}}",
    "submit: {as: {account: <alice>}, call: System.remark, args: {remark: a}}",
    "submit: {chain: 2000, call: <PolkadotXcm>.force_xcm_version, args: {location: {parents: 1, interior: Here},"
    " version: 4}, as: root}",
    "submit: {chain: 2000, call: PolkadotXcm.force_xcm_version, args: {location: {<parents>: 1, interior: Here},"
    " version: 4}, as: root}",
    "submit: {chain: 2000, call: PolkadotXcm.force_xcm_version, args: {location: {parents: 1, interior: <Here>},"
    " version: 4}, as: root}",
    "set_storage: {items: [{item: <System>.Number, value: 1}]}",
    "set_storage: {items: [{item: |System.<Number>, value: 1}]}",
    "set_storage: {items: [{item: System.Account, keys: [<bob>], value: null}]}",
    "set_storage: {items: [{item: Balances.TotalIssuance, value: |1 <ROC>}]}",
    "set_storage: {items: [{item: Paras.ParaLifecycles, keys: [2000], value: <Parachain>}]}",
)


def problems(step: str) -> list[Problem]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.yaml"
        file.write_text(f"{BEGIN}- {step}\n")
        try:
            load_scenario(file, further=in_scenario)
        except ScenarioError as error:
            return list(error.problems)
        return []


def plain(step: str) -> str:
    return step.replace("<", "").replace(">", "").replace("|", "")


@pytest.mark.parametrize("step", STEPS)
def test_the_steps_are_sound(step: str) -> None:
    assert problems(plain(step)) == []


@pytest.mark.parametrize("step", STEPS)
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_mistaken_name_is_told_at_its_place(step: str, data: st.DataObject) -> None:
    before, _, rest = step.partition("<")
    name, _, after = rest.partition(">")
    at = data.draw(st.integers(0, len(name)))
    mistaken = f"{name[:at]}q{name[at:]}"  # no name of these runtimes becomes another one by that
    place = before.index("|") if "|" in before else len(before)
    (found,) = problems(f"{before}{mistaken}{after}".replace("|", ""))
    assert (found.line, found.column) == (5, 3 + place)
