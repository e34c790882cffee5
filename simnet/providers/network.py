"""A running network, whatever it runs on: time, faults, messages, calls. Providers fill in what only they can do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from substrateinterface import Keypair

from simnet.chain.calls import Batch
from simnet.chain.rpc import Rpc
from simnet.chain.storage_writes import StorageWrite
from simnet.errors import InputError, SimnetError
from simnet.faults import Fault, effect
from simnet.journal import Ask, Evidence, Journal
from simnet.journal.records import (
    ReadingAsked,
    UpgradePath,
)
from simnet.network.accounts import keypair
from simnet.network.topology import Topology
from simnet.providers.claims import Claims
from simnet.providers.cross_chain_calls import CrossChainCalls
from simnet.providers.dispatch_origins import origin_of
from simnet.providers.dispatching import Dispatching
from simnet.providers.extrinsics import CallAsked
from simnet.providers.faulted_network import FaultedNetwork
from simnet.providers.live_chain import LiveChain
from simnet.providers.messenger import Messenger
from simnet.providers.rotation import rotate_keys
from simnet.providers.setting_storage import set_storage
from simnet.providers.upgrading import Upgrading
from simnet.providers.xcm_calls import Manner, XcmCalls

_T = TypeVar("_T")


class Network(FaultedNetwork, CrossChainCalls):
    """A started network.

    A provider fills in the abstract methods. What happens it journals: how nodes' processes begin and end, what they
    show, blocks and what is in them (:mod:`simnet.journal` lists the records). Messages and calls are here and in
    :class:`~simnet.providers.cross_chain_calls.CrossChainCalls`, faults and their composition in
    :class:`~simnet.providers.faulted_network.FaultedNetwork`, waits in
    :class:`~simnet.providers.timed_network.TimedNetwork`; they ask for nothing but those methods.
    """

    def __init__(
        self, topology: Topology, journal: Journal, run_dir: Path, seed: int, links: Sequence[Fault] = ()
    ) -> None:
        super().__init__(topology, journal, links)
        self.run_dir = run_dir
        self.seed = seed
        self.messenger = Messenger(self)
        self.xcm_calls = XcmCalls(self.messenger)
        self.claims = Claims(self.xcm_calls)
        self._live_chains: dict[str, LiveChain] = {}

    # -- what a provider fills in ---------------------------------------------------------------------------------

    @abstractmethod
    def rpc(self, node: str) -> Rpc:
        """JSON-RPC of a running node; raises :class:`~simnet.errors.RpcError` when it cannot be reached."""

    @abstractmethod
    def watch(self, chain: str, extrinsic: str, *, busy: bool = False) -> None:
        """Has the inclusion of an extrinsic (hash, 0x hex) journaled; ``busy`` has message queues journaled too."""

    def settle(self) -> None:
        """Lets the journal catch up with what was seen, before the run is judged.

        What byzantine nodes did is read again where it changed since: of faults that last, and of acts whose
        consequence came after the healing.
        """
        self.messenger.forget_final()
        for injection in self.injections:
            if effect(self.topology, injection.fault).acts:
                self._observe(injection, injection.fault, anew=False)

    def rebase(self, run_dir: Path) -> None:
        """Makes this the network of another run, whose journal has begun: nothing that the last one scheduled or sent
        remains.

        Raises :class:`InputError` while a fault is active, or when something of the last run stays in it.
        """
        active = [one.name for one in self.injections if one.active]
        if active:
            raise InputError(f"the network is still under {', '.join(active)}; heal that before another run uses it")
        if self.marks:
            raise InputError(f"the network is not as it was launched: {'; '.join(self.marks)}")
        self.run_dir = run_dir
        self.injections.clear()
        self._forget_actions()
        self.messenger.begin_again()

    def left_behind(self, run: Evidence) -> list[str]:
        """What the next run would find that it did not bring, in words; ``run`` is what the last one shows.

        Everything that is done to a network counts unless it is known to pass: faults of links and processes that are
        healed, restarts, messages that ended.
        """
        under_way = [trace for trace in run.messages() if not trace.terminals and trace.refused is None]
        return self.marks + [f"message {trace.name} is under way" for trace in under_way]

    @abstractmethod
    def close(self) -> None:
        """Ends the network and removes what it made, unless it was launched to be kept. Safe to call twice."""

    def snapshot(self) -> str:
        """What every node showed last, for error messages."""
        parts = []
        for node in self.topology.nodes:
            best, final = (self.evidence.best.get(node.name), self.evidence.finalized.get(node.name))
            heads = f"best {best[-1].height if best else '-'}, finalized {final[-1].height if final else '-'}"
            state = self.state().nodes[node.name] if node.name not in self.absent else "not started"
            parts.append(f"{node.name}: {heads}{'' if state == 'running' else f' ({state})'}")
        return "; ".join(parts)

    def ask(self, asks: Iterable[Ask]) -> None:
        """Has what is asked for read of every block whose contents are read from now on."""
        for one in asks:
            if one not in self.evidence.asked[one.chain]:
                self.journal.append(ReadingAsked(what=one.what, name=one.name, args=one.arguments), chain=one.chain)

    def chain(self, chain: str) -> LiveChain:
        """One of its chains, ``relay`` or a parachain's id, to query and call in the chain's own terms; raises
        :class:`InputError` where there is none."""
        return self._live_chains.setdefault(chain, LiveChain(self, self.topology.chain(chain).id))

    # -- messages and calls ---------------------------------------------------------------------------------------

    def send(
        self,
        sender: str,
        recipient: str,
        *,
        count: int = 1,
        every: float = 0.0,
        size: int = 32,
        label: str | None = None,
    ) -> str:
        """Asks for messages from now on, one each ``every`` seconds; returns the label that names them.

        They are handed to the sender's chain in that order, as soon as a node of it answers."""
        return self.messenger.send(sender, recipient, count=count, every=every, size=size, label=label)

    def submit(
        self,
        call: str | None = None,
        args: Mapping[str, Any] | None = None,
        *,
        calls: Sequence[CallAsked] = (),
        batch: Batch = "all",
        chain: str = "relay",
        signer: str | Mapping[str, Any] | None = None,
        sudo: bool = False,
        expect: Literal["success", "failure"] = "success",
        within: float = 60.0,
        dry_run: bool = False,
        label: str | None = None,
        step: int | None = None,
    ) -> str | None:
        """Submits a call, or several ``calls`` with their arguments as one batch, and waits until they were dispatched;
        the dispatch error's text, None when all succeeded.

        ``signer`` says on whose behalf: a secret URI or a node's name, by default the chain's sudo key's under ``sudo``
        and else //Alice; ``"root"``; ``{"account": ...}``, which root dispatches them as; ``{"origin": ...}`` of the
        runtime; or ``{"scheduler": blocks}``, root by the scheduler so many blocks later. Where a parachain has no
        Sudo, its root is had by a message of the relay chain's. Raises :class:`InputError` for an origin to which the
        chain has no path, and :class:`~simnet.errors.ExtrinsicError` when it ended otherwise than expected. With
        ``dry_run`` the chain is asked before what it would do, under that label or as that step of a scenario.
        """
        if (call is None) == (not calls):
            raise InputError("give either a call or several calls")
        asked = list(calls) if call is None else [(call, args or {})]
        origin = origin_of(signer, sudo=sudo)
        before = self.xcm_calls.asking(asked, Manner(label=label, step=step)) if dry_run else None
        return Dispatching(self.messenger, chain, origin, batch, within, before=before).run(asked, expect)

    def set_storage(self, entries: Sequence[StorageWrite], *, chain: str = "relay", within: float = 60.0) -> None:
        """Has root of a chain write or remove entries of its storage, and waits until the call was dispatched;
        journaled as an intervention. Where a simulated relay chain's root cannot be had, its next block begins with
        them. Raises :class:`InputError` for an entry that the chain's runtime has not, and where there is no way to
        its root, and :class:`~simnet.errors.ExtrinsicError` where the chain refused it."""
        set_storage(self.messenger, entries, chain, within, self.write_in_block if self.writes_blocks else None)

    writes_blocks: ClassVar[bool] = False
    """Whether :meth:`write_in_block` can be had."""

    def write_in_block(
        self, entries: Sequence[tuple[bytes, bytes | None]], told: Callable[[int, str], None], within: float
    ) -> None:
        """Has a block of the relay chain write keys of its storage, or remove those with None, though none of its calls
        does, and waits for it; ``told`` gets height and hash (0x hex) of the first that does, whenever it comes. Raises
        :class:`InputError` where nodes execute what a block has and nothing else, and
        :class:`~simnet.errors.DeadlineError` when ``within`` seconds brought no such block."""
        raise InputError("storage of the relay chain cannot be written: no call of its root can be had")

    def onboard(self, para: str, *, within: float = 60.0) -> None:
        """Has root register a parachain that genesis does not have; waits until the call is in a block. The parachain
        runs two sessions after validators accepted its code. Raises :class:`InputError` for what is no such parachain.
        """
        self.messenger.onboard(para, within=within)

    def rotate_keys(self, node: str, owner: str | None = None, *, in_force: bool = False, within: float = 60.0) -> None:
        """Has a node make session keys, and its account, or that of ``owner``, set them; waits until that is in a
        block, and with ``in_force`` until the chain's authorities have them, two sessions later. Raises
        :class:`InputError` for who has no session keys, and as :meth:`submit` does."""
        rotate_keys(self.messenger, node, owner, in_force=in_force, within=within)

    def upgrade(
        self, runtime: str, *, chain: str = "relay", path: UpgradePath = "authorized", within: float = 600.0
    ) -> None:
        """Brings the code of a bundled runtime or a ``.wasm`` file into a chain, and waits until its hash is that of
        ``:code`` in a finalized block of every running node of the chain; a version says nothing of that.

        ``path``: root authorizes the code and anybody applies it (``authorized``; ``without_checks`` whatever its
        version is), root has the scheduler authorize it (``scheduled``), or root sets it at once (``sudo``). Of a
        parachain validators pre-check it then, and the relay chain tells when it may go. ``within`` is seconds for all
        of that. Raises
        :class:`~simnet.errors.UpgradeError` when the chain or validators refused it, and
        :class:`~simnet.errors.DeadlineError` with how far it came.
        """
        Upgrading(self.messenger, chain, runtime, path, within).wait()

    def upgrade_beside(
        self,
        runtime: str,
        ended: Callable[[SimnetError | None], None],
        *,
        chain: str = "relay",
        path: UpgradePath = "authorized",
        within: float = 600.0,
    ) -> None:
        """As :meth:`upgrade`, and returns at once: it goes on during the waits, and ``ended`` is called with why it
        failed, or with None."""
        Upgrading(self.messenger, chain, runtime, path, within).beside(ended)

    def keypair(self, uri: str) -> Keypair:
        """The sr25519 pair of a secret URI, which signs what simnet submits."""
        return keypair(uri)

    def __enter__(self) -> Network:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
