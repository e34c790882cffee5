"""At most one running network at a time, on which runs follow one another while they ask for the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simnet.checks import Status
from simnet.errors import InputError, SimnetError
from simnet.fields import Seconds
from simnet.forms import read_as
from simnet.preflight import check_network
from simnet.providers.barrier import return_to_barrier
from simnet.providers.base import Plan, Provider
from simnet.providers.network import Network
from simnet.rehearsal import START_WITHIN, Options, Outcome, Run, asks_of, check_plan, drive, launch
from simnet.scenario import Scenario


class SharedNetwork:
    """Holds a network between runs. A run's network is the one that is up if its plan is equal, else a new one."""

    def __init__(self, provider: Provider, options: Options) -> None:
        self.provider = provider
        self.options = options
        self._network: Network | None = None
        self._plan: Plan | None = None

    def begin(self, scenario: Scenario, plan: Plan) -> Run:
        """Begins a run; nothing is launched yet, but a network that it cannot use is removed.

        Raises :class:`~simnet.errors.InputError` when the provider cannot do what is planned, or a runtime cannot.
        """
        if plan != self._plan:
            self.close()
            check_plan(self.provider, plan)
            check_network(plan.topology)
            self._plan = plan
        journal = self._network.journal if self._network is not None else None
        return Run(scenario, self.provider, self.options.out, journal)

    def network(self, run: Run, start_within: float | None = None) -> Network:
        """The run's network, at its barrier and without faults; ``start_within`` is in seconds, and by default that of
        the options. Raises :class:`SimnetError`."""
        assert self._plan is not None
        options = self.options if start_within is None else replace(self.options, start_within=start_within)
        if self._network is None:
            self._network = launch(run, self._plan, self.provider, options)
        else:
            self._network.rebase(run.folder)
            self._network.ask(asks_of(run.scenario))
            options.say("the network is up; waiting for finality and inclusion anew")
            return_to_barrier(self._network, options.start_within)
        return self._network

    def keep(self, last: Outcome, *, sound: bool) -> None:
        """Keeps the network for the next run if it is ``sound`` and that would find it as the last one did."""
        left = self._network.left_behind(last.evidence) if self._network is not None else []
        if left:
            self.options.say(f"the network ends here, for this run leaves something behind: {'; '.join(left[:3])}")
        if left or not sound:
            self.close()

    def play(self, scenario: Scenario, plan: Plan) -> Outcome:
        """Runs a scenario. Its network stays up for the next if all held and nothing of the scenario stays in it."""
        run = self.begin(scenario, plan)
        failed: SimnetError | None = None
        try:
            drive(self.network(run), scenario, self.options)
        except SimnetError as error:
            failed = error
        except BaseException as error:
            run.end(error)
            self.close()
            raise
        outcome = run.end(failed)
        self.keep(outcome, sound=failed is None and outcome.verdict.status is Status.HELD)
        return outcome

    def close(self) -> None:
        """Removes the network that is up, if there is one, unless networks are to be kept."""
        network, self._network, self._plan = self._network, None, None
        if network is not None:
            network.close()


_SHARED_NETWORK: pytest.StashKey[SharedNetwork] = pytest.StashKey()


def shared_network_of(config: pytest.Config) -> SharedNetwork:
    """The session's shared network; it is closed with the session at the latest, however that ends.

    Raises :class:`InputError` when no provider has the name that was given, and for a start time that is none.
    """
    if _SHARED_NETWORK not in config.stash:
        name = config.getoption("--simnet-provider")
        provider = config.hook.pytest_simnet_provider(config=config, name=name)
        if provider is None:
            raise InputError(f"no provider is named {name!r}")
        options = Options(
            out=Path(config.getoption("--simnet-out")),
            keep=config.getoption("--simnet-keep"),
            start_within=_start_within(config),
            say=print,
        )
        if options.keep:
            from simnet.providers.registry import check_keep  # noqa: PLC0415 - loads every provider

            check_keep(name)
        config.stash[_SHARED_NETWORK] = shared_network = SharedNetwork(provider, options)
        config.add_cleanup(shared_network.close)
    return config.stash[_SHARED_NETWORK]


def _start_within(config: pytest.Config) -> float:
    """Seconds that a network may take to its barrier; raises :class:`InputError` for what is no duration."""
    for name, text in (
        ("--simnet-start-within", config.getoption("--simnet-start-within")),
        ("simnet_start_within", config.getini("simnet_start_within")),
    ):
        if text:
            return float(read_as(Seconds, text, name))
    return START_WITHIN
