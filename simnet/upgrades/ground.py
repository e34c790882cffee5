"""What an upgrade is rehearsed on: the network and the mail of a file, and the code that is to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simnet.checks import Check, Messages
from simnet.codec import blake2_256
from simnet.errors import InputError
from simnet.journal import migrations_run
from simnet.journal.records import UpgradePath
from simnet.network.topology import RELAY, Topology, nearest
from simnet.providers.upgrading import code_of
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import embedded_version
from simnet.scenario import NetworkSpec, Scenario, Send, Step

MAIL = "mail"
"""How the labels of the mail begin that is added where a file has none."""

_MAIL_COUNT, _MAIL_EVERY = 16, 9.0
"""Messages of each channel, and seconds from one to the next: less than a message needs, and two and a half minutes in
all, more than a local network needs from the authorization to a block under the new code that is final (105 s)."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The network, the mail on it, and the code that is to come."""

    source: str
    """The file's name, as it was given."""
    network: NetworkSpec
    seed: int
    chain: str
    """The chain that is upgraded."""
    runtime: str
    """Name of a bundled runtime, or a whole path."""
    path: UpgradePath
    within: float
    """Seconds that the upgrade may take."""
    load: tuple[Step, ...]
    """The steps that send mail, each with a label."""
    load_checks: tuple[Check, ...]
    """What the file expects of its mail."""
    taken: tuple[str, ...]
    """What was taken from the file, what was added, and what was left, in words."""

    @property
    def topology(self) -> Topology:
        """The network with everything resolved."""
        return self.network.topology()

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the mail."""
        return tuple(step.label for step in self.load if step.label is not None)

    @property
    def messages(self) -> int:
        """How many are asked for."""
        return sum(step.send.count for step in self.load if step.send is not None)

    @property
    def code(self) -> bytes:
        """The code that is to come, as it is submitted."""
        return code_of(self.chain, self.runtime)

    @property
    def migrates(self) -> bool:
        """Whether migrations run with the code, as far as versions that codes carry tell: a chain that looks at them
        takes no other."""
        there = self.topology.chain(self.chain)
        if self.path != "without_checks":
            return True
        if there.spec_file is not None:
            return False
        old, new = embedded_version(runtime_code(there)), embedded_version(self.code)
        if old is None or new is None:
            return False
        return bool(migrations_run(old, new))

    @property
    def is_pre_checked(self) -> bool:
        """Whether validators vote on the code: they know that of every parachain of genesis already
        (polkadot-runtime-parachains paras, kick_off_pvf_check)."""
        if self.chain == RELAY:
            return False
        known = [one for one in self.topology.parachains if one.registered and one.spec_file is None]
        return blake2_256(self.code) not in {blake2_256(runtime_code(one)) for one in known}


def ground_of(
    loaded: Scenario | NetworkSpec,
    source: str,
    *,
    chain: str,
    runtime: str,
    path: UpgradePath,
    within: float,
    seed: int | None,
) -> Ground:
    """What a file gives for the upgrade of one of its chains.

    Raises :class:`InputError` for a chain that the network lacks or that is onboarded later, and for code that is not
    to be had.
    """
    network = loaded if isinstance(loaded, NetworkSpec) else loaded.network
    topology = network.topology()
    known = {RELAY: True} | {one.id: one.registered for one in topology.parachains}
    if chain not in known:
        raise InputError(f"{source} has no chain {chain!r}{nearest(chain, known)}")
    if not known[chain]:
        raise InputError(f"parachain {chain} is onboarded later (`registered: false`), so there is nothing to upgrade")
    if runtime.endswith(".wasm"):
        runtime = str(Path(runtime).absolute())
    there = topology.chain(chain)
    if code_of(chain, runtime) == (runtime_code(there) if there.spec_file is None else None):
        raise InputError(f"{chain} begins with the code of {runtime}, so there is nothing to upgrade")
    if isinstance(loaded, Scenario) and any(
        step.submit is not None or step.set_storage is not None for step in loaded.steps
    ):
        raise InputError(
            f"{source} has steps that submit calls or set storage, which no rehearsal takes over, so that all lack what"
            " they change;"
            " put that into `genesis`, or leave these steps out"
        )
    sends = [step for step in loaded.steps if step.send is not None] if isinstance(loaded, Scenario) else []
    load = tuple(_labelled(sends)) or tuple(_mail(topology))
    return Ground(
        source=source,
        network=network,
        seed=seed if seed is not None else loaded.seed if isinstance(loaded, Scenario) else 0,
        chain=chain,
        runtime=runtime,
        path=path,
        within=within,
        load=load,
        load_checks=tuple(_load_checks(loaded)) if sends else (),
        taken=tuple(_taken(loaded, load, own=bool(sends))),
    )


def _labelled(sends: list[Step]) -> Iterator[Step]:
    """Each with a label, without a moment of its own: all mail begins with the upgrade."""
    for number, step in enumerate(sends):
        yield Step(label=step.label or f"{MAIL}-{number + 1}", send=step.send)


def _mail(topology: Topology) -> Iterator[Step]:
    """Over each channel, and both ways between the relay chain and each parachain."""
    paras = [one.id for one in topology.parachains if one.registered]
    pairs = [(one.sender, one.recipient) for one in topology.channels]
    pairs += [pair for para in paras for pair in ((RELAY, para), (para, RELAY))]
    for sender, recipient in pairs:
        send = Send(sender=sender, recipient=recipient, count=_MAIL_COUNT, every=_MAIL_EVERY)
        yield Step(label=f"{MAIL}-{sender}-{recipient}", send=send)


def _load_checks(loaded: Scenario | NetworkSpec) -> Iterator[Check]:
    """Its checks of messages over the whole run: others name moments of its own steps."""
    for check in loaded.checks if isinstance(loaded, Scenario) else ():
        if isinstance(check, Messages) and check.during is None and check.after is None:
            yield check


def _taken(loaded: Scenario | NetworkSpec, load: tuple[Step, ...], *, own: bool) -> Iterator[str]:
    yield "its network was taken"
    count = sum(step.send.count for step in load if step.send is not None)
    if own:
        checks = len(tuple(_load_checks(loaded)))
        yield f"its mail was taken: {count} messages in {len(load)} steps, which begin with the upgrade"
        yield f"of its checks of mail {checks} were taken, for the clean run"
    elif load:
        yield f"mail was added: {count} messages over {len(load)} ways, each way one every {_MAIL_EVERY:g}s"
    else:
        yield "no mail was added, since the network has one chain alone"
    if isinstance(loaded, Scenario):
        left = Counter(step.verb for step in loaded.steps if step.send is None)
        left += Counter({"windows": len(loaded.schedule), "checks": len(loaded.checks)})
        left -= Counter({"checks": len(tuple(_load_checks(loaded))) if own else 0})
        if left:
            yield f"left out: {', '.join(f'{many} {what}' for what, many in left.items())}"
