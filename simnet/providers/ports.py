"""Ports of this machine's loopback, where nodes of networks that stay up answer JSON-RPC."""

from __future__ import annotations

import socket

from simnet.errors import InputError

HOST = "127.0.0.1"

ANY = 0
"""Stands for whichever port is free (ip(7))."""


def reserved(port: int = ANY) -> socket.socket:
    """A socket bound to a port; with address reuse on both, another one may listen there (socket(7)).

    Raises :class:`InputError` for a port on which somebody listens, or that this user may not have.
    """
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((HOST, port))
    except OSError as error:
        one.close()
        raise InputError(f"port {port} of {HOST} cannot be had: {error.strerror}; give another") from error
    return one
