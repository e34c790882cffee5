"""Which web pages may ask: what a browser says of a page, and of the name by which the page reached the port.

A real node's CORS layer only tells the browser not to show the answer, and lets every WebSocket in (sc-rpc-server 34,
tower-http 0.5 ``cors``, soketto 0.8 ``handshake/http.rs``); here the request of a foreign page is not carried out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simnet.errors import InputError

LOCAL = tuple(f"{scheme}://{host}:*" for scheme in ("http", "https") for host in ("localhost", "127.0.0.1", "[::1]"))
"""Pages from this machine."""

ALLOWED = (*LOCAL, "https://polkadot.js.org")
"""Who may unless told otherwise (sc-cli 0.64, ``rpc_cors``, and IPv6)."""

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@*]+(:(\d+|\*))?|[a-z][a-z0-9+.-]*://\[[0-9a-f:]+\](:(\d+|\*))?|null")

_DENIED = "Provided Host header is not whitelisted.\n"
"""jsonrpsee-server 0.24, transport/http.rs."""


@dataclass(frozen=True)
class Origins:
    """``allowed`` origins as browsers write them, ``:*`` for any port; None allows every page, and every name."""

    allowed: tuple[str, ...] | None = ALLOWED

    @classmethod
    def also(cls, given: Sequence[str]) -> Origins:
        """Those that may unless told otherwise, and those given; ``all`` for every one. Raises :class:`InputError`."""
        wrong = [one for one in given if one not in ("all", "*") and not _ORIGIN.fullmatch(one)]
        if wrong:
            raise InputError(
                f"--rpc-cors {wrong[0]!r} is no origin; write it as browsers do, such as http://my.host:3000, or `all`"
            )
        return cls(None if {"all", "*"} & {*given} else (*ALLOWED, *given))

    def refusal(self, headers: Mapping[str, Sequence[str]], port: int) -> str | None:
        """Why a request to that port is not carried out; None when it is. ``headers`` has the values of ``host`` and
        ``origin``. Who says no origin is no browser."""
        if self.allowed is None:
            return None
        hosts = [f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")]
        if any(one.lower() not in hosts for one in headers["host"]) or len(headers["host"]) != 1:
            return _DENIED
        for origin in headers["origin"]:
            if not self._has(origin):
                return f"Pages of {origin[:100]!a} may not ask here; `simnet up --rpc-cors ORIGIN` lets them.\n"
        return None

    def _has(self, origin: str) -> bool:
        anywhere = re.sub(r":\d+$", "", origin) + ":*"
        return self.allowed is None or origin in self.allowed or anywhere in self.allowed


USUAL = Origins()
"""Those that may unless told otherwise."""

NOBODY = Origins(())
"""No page at all."""


def cors(origin: str | None) -> dict[str, str]:
    """Headers that let the browser show an answer to the page that asked, which was let in (Fetch standard, CORS)."""
    return {} if origin is None else {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


PREFLIGHT = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "content-type"}
"""What a page may send. A node's list allows no header, so that browsers let pages ask it over WebSocket only."""
