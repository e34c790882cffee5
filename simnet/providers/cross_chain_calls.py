"""What a running network does across its chains: transfers, programs, dry runs and claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simnet.journal import Trap
from simnet.journal.records import DryRunAsked
from simnet.providers.claims import LATEST, Claims
from simnet.providers.xcm_asked import Program, Transferred
from simnet.providers.xcm_calls import CallEnding, Manner, XcmCalls


class CrossChainCalls:
    """A part of :class:`~simnet.providers.network.Network`, which makes what it asks."""

    xcm_calls: XcmCalls
    claims: Claims

    def transfer(
        self,
        sender: str,
        recipient: str,
        amount: int | str,
        *,
        asset: Any = "native",
        fees: tuple[Any, int | str] | None = None,
        beneficiary: Any = None,
        method: str = "auto",
        signer: str | None = None,
        label: str | None = None,
        expect: CallEnding = "success",
        within: float = 60.0,
        step: int | None = None,
    ) -> str | None:
        """Transfers an asset to another chain, after a dry run, and waits until the call is in a block; the dispatch
        error's text, None when it succeeded. What it sends is a message that is followed under its label.

        ``amount`` is in the asset's smallest unit, or text with a token's unit; ``asset`` is ``native``, an XCM
        location or ``{"pallet": name, "id": id}``. ``fees`` are an asset and its amount that go along and pay at the
        recipient's, by default the asset itself pays. ``method`` is ``auto``, ``teleport``, ``local_reserve``,
        ``destination_reserve``, or the id of the chain that is the reserve. ``signer`` is a secret URI, by default
        //Alice's, and the beneficiary's account is by default the signer's. ``step`` is the position of a scenario's
        step that asks. Raises :class:`~simnet.errors.ExtrinsicError` when it ended otherwise than expected.
        """
        assets = ((asset, amount), *(() if fees is None else (fees,)))
        asked = Transferred(sender=sender, recipient=recipient, assets=assets, beneficiary=beneficiary, method=method)
        return self.xcm_calls.transfer(
            asked, Manner(signer=signer, label=label, step=step, expect=expect, within=within)
        )

    def xcm(
        self,
        chain: str,
        program: Sequence[Any],
        *,
        to: str | Mapping[str, Any] | None = None,
        version: int | None = None,
        weight: Mapping[str, int] | None = None,
        signer: str | None = None,
        sudo: bool = False,
        label: str | None = None,
        expect: CallEnding = "success",
        within: float = 60.0,
        step: int | None = None,
    ) -> str | None:
        """Sends an XCM program to another chain or a location, or has the chain execute it itself (``to`` None), after
        a dry run, and waits until the call is in a block; the dispatch error's text, None when it succeeded. What is
        sent is a message that is followed under its label.

        ``program`` has instructions in the terms of the metadata. ``version`` is the highest that both chains speak
        unless given, and ``weight`` what the chain itself says. The others are as in :meth:`transfer`; with ``sudo``
        root calls.
        """
        asked = Program(chain=chain, to=to, instructions=program, version=version, weight=weight)
        manner = Manner(signer=signer, sudo=sudo, label=label, step=step, expect=expect, within=within)
        return self.xcm_calls.xcm(asked, manner)

    def dry_run(
        self,
        call: str,
        args: Mapping[str, Any] | None = None,
        *,
        chain: str = "relay",
        signer: str | None = None,
        sudo: bool = False,
        label: str | None = None,
        expect: CallEnding | None = None,
        step: int | None = None,
    ) -> DryRunAsked:
        """Asks a chain's runtime what a call would do, and the receivers of its messages what those would, on the state
        that they have now; nothing is done. All of it is journaled, and what the chain said of the call is the answer.

        Raises :class:`~simnet.errors.ExtrinsicError` when it is not as ``expect`` says, also where the runtime cannot
        be asked.
        """
        manner = Manner(signer=signer, sudo=sudo, label=label, step=step)
        return self.xcm_calls.dry_run((call, dict(args or {})), chain, manner, expect)

    def claim(
        self,
        chain: str,
        trap: str = LATEST,
        *,
        beneficiary: Any,
        signer: str | None = None,
        label: str | None = None,
        within: float = 180.0,
        step: int | None = None,
    ) -> Trap:
        """Claims assets that are trapped on a chain, and waits until a finalized block says that they are claimed.

        ``trap`` is the label of what left them, their hash (0x hex) or ``latest``. An account of the chain claims what
        it may itself, ``signer`` where nobody else knows it; for other chains a message of theirs does, which is
        followed under the label. Raises :class:`~simnet.errors.ExtrinsicError` when there is none, nobody in the
        network may claim it or the claim is refused, and :class:`~simnet.errors.MessageError` when that message fails.
        """
        return self.claims.claim(chain, trap, beneficiary, Manner(signer=signer, label=label, step=step, within=within))
