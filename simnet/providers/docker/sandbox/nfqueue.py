"""The kernel's packet queue over a raw netlink socket (linux/netfilter/nfnetlink_queue.h)."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_NETLINK_NETFILTER = 12
_SO_RCVBUFFORCE = 33
_RECEIVE_BUFFER = 8 * 1024 * 1024
_QUEUE_LENGTH = 65536
_COPY_BYTES = 20
"""An IPv4 header without options: enough for the packet's length and its source."""
_MESSAGES_PER_READ = 512

_REQUEST, _ACKNOWLEDGE = 0x1, 0x4
_ERROR = 2
_PACKET, _VERDICT, _CONFIG = 0x300, 0x301, 0x302
_CFG_COMMAND, _CFG_PARAMETERS, _CFG_LENGTH, _CFG_MASK, _CFG_FLAGS = 1, 2, 3, 4, 5
_BIND = 1
_COPY_PACKET = 2
_FAIL_OPEN, _GSO = 0x1, 0x4
_ATTR_HEADER, _ATTR_VERDICT, _ATTR_PAYLOAD = 1, 2, 10

_NLMSG = struct.Struct("=IHHII")
_NFGEN = struct.Struct(">BBH")
_ATTR = struct.Struct("=HH")
_VERDICT_BODY = struct.Struct(">II")
_PREFIX = _NLMSG.size + _NFGEN.size

DROP, ACCEPT = 0, 1


class Packet(NamedTuple):
    """A packet that the kernel holds for us. ``length`` is that of the IP packet, in bytes."""

    id: int
    source: str
    length: int


def _attribute(kind: int, payload: bytes) -> bytes:
    padding = b"\0" * (-len(payload) % 4)
    return _ATTR.pack(_ATTR.size + len(payload), kind) + payload + padding


def _message(kind: int, flags: int, queue: int, body: bytes) -> bytes:
    head = _NLMSG.pack(_PREFIX + len(body), kind, flags, 0, 0)
    return head + _NFGEN.pack(socket.AF_UNSPEC, 0, queue) + body


def verdicts(queue: int, verdict: int, ids: Sequence[int]) -> bytes:
    """Messages that give one verdict to many packets. (The kernel's batch verdict takes all ids up to one: ids that are
    still to be held would go with them.)"""
    body = _ATTR.pack(_ATTR.size + _VERDICT_BODY.size, _ATTR_VERDICT)
    head = _message(_VERDICT, _REQUEST, queue, body + bytes(_VERDICT_BODY.size))[: -_VERDICT_BODY.size]
    return b"".join([head + _VERDICT_BODY.pack(verdict, packet) for packet in ids])


def parse_packets(data: bytes | memoryview) -> Iterator[Packet]:
    """The IPv4 packets in one read; other messages are passed over."""
    at = 0
    while at + _PREFIX <= len(data):
        size, kind, _, _, _ = _NLMSG.unpack_from(data, at)
        if size < _PREFIX or at + size > len(data):
            return
        if kind == _PACKET:
            packet = _parse_packet(data, at + _PREFIX, at + size)
            if packet is not None:
                yield packet
        at += (size + 3) & ~3


def _parse_packet(data: bytes | memoryview, at: int, end: int) -> Packet | None:
    packet_id = None
    while at + _ATTR.size <= end:
        size, kind = _ATTR.unpack_from(data, at)
        if size < _ATTR.size or at + size > end:
            return None
        if kind == _ATTR_HEADER and size >= _ATTR.size + 4:
            (packet_id,) = struct.unpack_from(">I", data, at + _ATTR.size)
        elif kind == _ATTR_PAYLOAD and size >= _ATTR.size + _COPY_BYTES and packet_id is not None:
            header = bytes(data[at + _ATTR.size : at + _ATTR.size + _COPY_BYTES])
            length = int.from_bytes(header[2:4], "big")
            return Packet(packet_id, socket.inet_ntoa(header[12:16]), length)
        at += (size + 3) & ~3
    return None


class PacketQueue:
    """One bound queue. When its reader falls behind or dies, packets pass (fail-open and ``--queue-bypass``)."""

    def __init__(self, number: int) -> None:
        """Raises :class:`OSError` where the kernel has no packet queues."""
        self._number = number
        self._buffer = memoryview(bytearray(65536))
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)
        try:
            self._configure()
        except OSError:
            self._socket.close()
            raise

    def _configure(self) -> None:
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.bind((0, 0))
        self._command(_attribute(_CFG_COMMAND, struct.pack(">BBH", _BIND, 0, socket.AF_INET)))
        self._command(_attribute(_CFG_PARAMETERS, struct.pack(">IB", _COPY_BYTES, _COPY_PACKET)))
        self._command(_attribute(_CFG_LENGTH, struct.pack(">I", _QUEUE_LENGTH)))
        # The GSO flag is cleared, so the kernel splits what it had merged: a loss hits one packet, not 64 KiB.
        self._command(
            _attribute(_CFG_MASK, struct.pack(">I", _FAIL_OPEN | _GSO))
            + _attribute(_CFG_FLAGS, struct.pack(">I", _FAIL_OPEN))
        )
        self._socket.setblocking(False)

    def _command(self, body: bytes) -> None:
        self._socket.sendto(_message(_CONFIG, _REQUEST | _ACKNOWLEDGE, self._number, body), (0, 0))
        answer = self._socket.recv(4096)
        kind = _NLMSG.unpack_from(answer)[1]
        (code,) = struct.unpack_from("=i", answer, _NLMSG.size)
        if kind != _ERROR or code != 0:
            raise OSError(-code, f"the kernel refused packet queue {self._number}: {os.strerror(-code)}")

    def fileno(self) -> int:
        return self._socket.fileno()

    def receive(self) -> Iterator[Packet]:
        """What has arrived, without waiting, up to a limit so that due packets are not kept waiting."""
        for _ in range(_MESSAGES_PER_READ):
            try:
                size = self._socket.recv_into(self._buffer)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                continue  # it had more than its buffer holds
            yield from parse_packets(self._buffer[:size])

    def judge(self, verdict: int, ids: Sequence[int]) -> None:
        """Gives a verdict to packets; one that the kernel no longer holds is ignored by it."""
        for start in range(0, len(ids), _MESSAGES_PER_READ):
            self._socket.sendto(verdicts(self._number, verdict, ids[start : start + _MESSAGES_PER_READ]), (0, 0))

    def close(self) -> None:
        self._socket.close()
