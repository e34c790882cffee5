"""Bringing new code into a running chain, and seeing it come."""

from __future__ import annotations

from contextlib import suppress

from simnet.codec import blake2_256
from simnet.errors import DeadlineError, InputError, RpcError, UpgradeError
from simnet.journal import REFUSALS, Evidence, in_words, upgrade_phases
from simnet.journal.records import CodeRead, SlotLost, UpgradeAsked, UpgradePath
from simnet.network.topology import Chain
from simnet.providers.messenger import Messenger, MessengerNetwork
from simnet.runtime.bundled import runtime_code

CALLS: dict[UpgradePath, str] = {
    "authorized": "System.authorize_upgrade",
    "without_checks": "System.authorize_upgrade_without_checks",
    "sudo": "System.set_code",
}
"""What root calls."""

APPLY = "System.apply_authorized_upgrade"
"""What anybody calls after an authorization, with the code."""


def code_of(chain: str, runtime: str) -> bytes:
    """The code, compressed or not, of a bundled runtime or a ``.wasm`` file; raises :class:`InputError`."""
    is_file = runtime.endswith(".wasm")
    named = Chain(id=chain, runtime=None if is_file else runtime, runtime_file=runtime if is_file else None)
    return runtime_code(named)


def upgrade(messenger: Messenger, chain: str, runtime: str, path: UpgradePath, within: float) -> None:
    """See :meth:`simnet.providers.network.Network.upgrade`."""
    network = messenger.network
    network.topology.chain(chain)
    code = code_of(chain, runtime)
    hash_ = "0x" + blake2_256(code).hex()
    begun = network.now()
    until = begun + within
    network.wait_until(lambda _: _answers(network, chain), within=within, what=f"a node of {chain} to answer")
    before = _running(network.evidence, chain)
    if before is not None and before.code == hash_:
        raise InputError(f"{chain} runs the code of {runtime} already")
    from simnet.runtime.host import embedded_version  # noqa: PLC0415 - loads wasmtime

    version = embedded_version(code)
    network.marks.append(f"the code of {chain}")
    network.journal.append(
        UpgradeAsked(
            code=hash_,
            path=path,
            size=len(code),
            spec_version=None if version is None else version.spec_version,
            migrates=None if version is None or before is None else version.spec_version > (before.spec_version or 0),
        ),
        chain=chain,
    )
    if path == "sudo":
        messenger.submit_calls([(CALLS[path], {"code": code})], chain=chain, sudo_=True, within=within)
    else:
        messenger.submit_calls([(CALLS[path], {"code_hash": hash_})], chain=chain, sudo_=True, within=within)
        messenger.submit_calls([(APPLY, {"code": code})], chain=chain, within=max(0.0, until - network.now()))
    try:
        network.wait_until(
            lambda evidence: _came(network, evidence, chain, hash_, begun),
            within=max(0.0, until - network.now()),
            what=f"the code of {chain} to be that of {runtime} in a finalized block of each running node",
        )
    except DeadlineError as error:
        raise DeadlineError(f"{standing(network.evidence, chain, hash_, begun)}; {error}") from None


def _answers(network: MessengerNetwork, chain: str) -> bool | None:
    """Whether any node of a chain does."""
    for node in network.running(chain):
        with suppress(RpcError):
            network.rpc(node).call("system_name")
            return True
    return None


def standing(evidence: Evidence, chain: str, code: str, since: float) -> str:
    """How far a code has come into a chain, in words."""
    phases = upgrade_phases(evidence, chain, code, since)
    came = in_words(phases)
    if not came:
        return f"no block of {chain} tells anything of {code[:10]}"
    told = f"{code[:10]} was {came}"
    applied = next((phase for phase in phases if phase.name == "applied"), None)
    if applied is None or any(phase.name == "first used" for phase in phases):
        return told
    lost = [one.data.why for one in evidence.of(SlotLost) if one.chain == chain and one.t > applied.t]
    why = f", whose slots were lost: {lost[-1]}" if lost else ""
    return f"{told}, and no block of {chain} is built on that{why}"


def _running(evidence: Evidence, chain: str) -> CodeRead | None:
    """The code that a chain has by its finalized blocks, as far as it was read."""
    tip = evidence.tip(chain)
    read = None if tip is None else evidence.code(chain, tip.hash)
    return None if read is None else read.data


def _came(network: MessengerNetwork, evidence: Evidence, chain: str, code: str, since: float) -> bool | None:
    """Whether each running node has finalized a block whose state has the code; raises :class:`UpgradeError` when it
    cannot come any more."""
    for phase in upgrade_phases(evidence, chain, code, since):
        if phase.name in REFUSALS and _is_final(evidence, phase.chain, phase.hash):
            raise UpgradeError(f"the code of {chain} stays what it was: {standing(evidence, chain, code, since)}")
    came = [read for read in evidence.codes[chain].values() if read.data.code == code and read.t >= since]
    if not came:
        return None
    if all(read.data.why is not None for read in came):
        told = standing(evidence, chain, code, since)
        raise UpgradeError(f"no node of {chain} can run its new code: {came[0].data.why}; {told}")
    final = (evidence.finalized[node] for node in network.running(chain))
    has = (evidence.code(chain, heads[-1].hash) if heads else None for heads in final)
    return all(read is not None and read.data.code == code for read in has) or None


def _is_final(evidence: Evidence, chain: str, hash_: str) -> bool:
    tip = evidence.tip(chain)
    return tip is not None and evidence.is_ancestor(chain, hash_, tip.hash)
