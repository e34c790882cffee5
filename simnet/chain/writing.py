"""How people write values of one chain: its accounts by name, its amounts with a unit, bytes by their file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simnet.chain._encoding import EncodeError, unlike
from simnet.network.account_formats import ACCOUNT32, AccountFormat
from simnet.network.accounts import DEVELOPMENT, read_address, sovereign_of_child, sovereign_of_sibling
from simnet.network.known_tokens import WrittenAmount
from simnet.network.topology import RELAY, nearest
from simnet.regular_files import RUNTIME, read_regular

_SOVEREIGN = re.compile(r"para:(\d+)", re.ASCII)


def _no_tokens() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, eq=False)
class Writing:
    """How values of one chain are written. Without any of it, numbers are in the smallest unit, and accounts are
    written as keys, addresses of any format or secret URIs."""

    chain: str | None = None
    """Id of the chain, by which sovereign accounts are told; None where it is not known: then no name of an account is
    either, text that begins with ``@`` is text, and addresses of any format are taken."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Secret URIs of accounts by the names of their nodes."""
    parachains: tuple[str, ...] = ()
    """Ids of the network's parachains, which have sovereign accounts."""
    tokens: Callable[[], Mapping[str, int]] = _no_tokens
    """Gives the decimals of the chain's tokens by their symbols; asked where an amount has a unit."""

    def amount(self, text: str) -> int | None:
        """The smallest units in ``1.5 WND``; None for text of another form, and where the chain is not known.

        Raises :class:`EncodeError` for a unit that the chain has not, and for more decimals than it has.
        """
        found = WrittenAmount.read(text)
        if found is None or self.chain is None:
            return None
        tokens = self.tokens()
        if found.unit not in tokens:
            raise EncodeError(f"{_of(self.chain)} has no token {found.unit!r}{nearest(found.unit, tokens)}")
        decimals = tokens[found.unit]
        amount = found.smallest(decimals)
        if amount is None:
            has = f"{found.unit} of {_of(self.chain)} has {decimals}"
            raise EncodeError(f"{text!r} has {len(found.part)} decimals, and {has}")
        return amount

    def account(self, text: str, form: AccountFormat = ACCOUNT32) -> bytes | None:
        """The account that is written by a node's name or as ``para:ID``, in the chain's form; None for other text.

        Raises :class:`EncodeError` for a parachain that the network has not.
        """
        if self.chain is None:
            return None
        if text in self.names:
            return form.of(self.names[text])
        sovereign = _SOVEREIGN.fullmatch(text)
        return None if sovereign is None else self._sovereign(sovereign[1])[: form.size]

    def _sovereign(self, para: str) -> bytes:
        if para not in self.parachains:
            known = nearest(f"para:{para}", [f"para:{one}" for one in self.parachains])
            raise EncodeError(f"this network has no parachain {para}{known}")
        if para == self.chain:
            raise EncodeError(f"para:{para} is the chain itself, which has no sovereign account there")
        return read_address((sovereign_of_child if self.chain == RELAY else sovereign_of_sibling)(int(para)))[1]

    def file(self, text: str) -> bytes | None:
        """The content of the file in ``@path``; None for other text. Raises :class:`EncodeError` where it cannot be
        read."""
        if self.chain is None or not text.startswith("@"):
            return None
        path = Path(text[1:])
        try:
            return read_regular(path, RUNTIME)
        except FileNotFoundError:
            raise EncodeError(f"there is no file {path}{_beside(path)}") from None
        except OSError as error:
            raise EncodeError(f"{path} cannot be read: {error.strerror}") from None

    def unlike_account(self, text: str, expected: str) -> EncodeError:
        """That a text is no account, with what was probably meant."""
        if self.chain is None:
            return unlike(expected, text)
        uri = next((one for one in DEVELOPMENT if one[2:].casefold() == text.casefold()), None)
        others = [f"para:{one}" for one in self.parachains if one != self.chain]
        meant = f"; did you mean {uri!r}?" if uri else nearest(text, [*self.names, *others])
        return EncodeError(f"{unlike(expected, text)}, and no node is called so{meant}")


def _of(chain: str) -> str:
    return "the relay chain" if chain == RELAY else f"parachain {chain}"


def _beside(missing: Path) -> str:
    """What was probably meant, of the files that are there."""
    folder = missing.parent
    return nearest(missing.name, sorted(one.name for one in folder.iterdir())) if folder.is_dir() else ""
