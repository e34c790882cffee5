"""A transfer from parachain 2000 to 2001, as journals tell of it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from simnet.journal import Evidence, Journal, MessageTrace
from simnet.journal.records import (
    BlockSeen,
    ContentsRead,
    FinalizedHead,
    MessageAsked,
    MessageSubmitted,
    NetworkLaunched,
    OurExtrinsic,
    RecordData,
    RuntimeEvent,
)
from simnet.network.locations import location_of
from simnet.scenario import NetworkSpec
from tests.runs import started

NAME, EXTRINSIC = "0x" + "01" * 32, "0xe1"
ID, OTHER, HASH = ("0x" + two * 32 for two in ("aa", "bb", "cc"))
NETWORK = NetworkSpec.model_validate({"parachains": [{"id": 1000}, {"id": 2000}, {"id": 2001}]}).topology()


class TransferStory:
    """A transfer from 2000 to 2001, as its journal goes on. Each block is its chain's next one, and final."""

    def __init__(self, folder: Path, recipient: str = "2001", by: str = "transfer") -> None:
        self.journal = Journal(time.monotonic)
        self.journal.begin(folder / "journal.jsonl", started(provider="toy"))
        nodes, paras, channels = NETWORK.nodes, NETWORK.parachains, NETWORK.channels
        self.journal.append(
            NetworkLaunched(
                nodes=nodes, parachains=paras, channels=channels, images={}, runtimes={}, relay=NETWORK.relay
            )
        )
        self._height = dict.fromkeys(("relay", "1000", "2000", "2001"), 0)
        self._asked: dict[str, Any] = {
            "id": NAME, "label": "t", "index": 0, "sender": "2000", "recipient": recipient, "size": 0, "by": by,
            "signer": "//Bob",
        }  # fmt: skip
        self.journal.append(MessageAsked(**self._asked))
        self.journal.append(MessageSubmitted(**self._asked, extrinsic=EXTRINSIC))

    def block(self, chain: str, *records: RecordData, hash_: str | None = None, final: bool = True) -> None:
        height = self._height[chain] + 1
        hash_ = hash_ or f"0x{chain}{height}"
        place: dict[str, Any] = {"observer": f"node-{chain}", "chain": chain, "height": height, "hash": hash_}
        parent = f"0x{chain}{height - 1}"
        self.journal.append(BlockSeen(parent=parent, author=None, slot=1, relay_parent=height), **place)
        for one in (*records, ContentsRead(events=len(records))):
            self.journal.append(one, **place)
        if final:
            self._height[chain] = height
            self.journal.append(FinalizedHead(), **place)

    def taken(self, *events: RuntimeEvent, error: str | None = None, **where: Any) -> None:
        """The sender's block with the extrinsic."""
        ended = OurExtrinsic(extrinsic=EXTRINSIC, index=2, success=error is None, error=error)
        self.block("2000", *(replace(one, extrinsic=2) for one in events), ended, **where)

    @property
    def evidence(self) -> Evidence:
        return self.journal.evidence

    @property
    def trace(self) -> MessageTrace:
        (found,) = self.evidence.messages()
        return found


def event(name: str, pallet: str = "Xcm", **fields: Any) -> RuntimeEvent:
    return RuntimeEvent(pallet=pallet, name=name, fields=fields, extrinsic=None)


def sent(sender: str, to: str, id_: str = ID, message: tuple[Any, ...] = ()) -> RuntimeEvent:
    """The pallet that sends may have any name."""
    return event("Sent", destination=location_of(to, sender), message=list(message), message_id=id_, origin={})


def processed(id_: str = ID, *, success: bool = True) -> RuntimeEvent:
    return event("Processed", "MessageQueue", id=id_, success=success)
