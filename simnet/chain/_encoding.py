"""The closures that encode one kind of value each; :mod:`simnet.chain._encoders` picks them by type."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from simnet.codec import compact, vec, vec_bytes
from simnet.errors import InputError
from simnet.network.topology import nearest

Encoder = Callable[[Any], bytes]
"""From a value to its bytes; raises EncodeError for a value that does not fit."""

_SHOWN = 60
"""Characters of a wrong value that a message repeats."""


class EncodeError(InputError):
    """A value that is not what its type takes. ``path`` leads from the call to the part that is wrong; correct it
    there. ``key``: the key of that part which does not exist."""

    def __init__(self, reason: str, path: tuple[str, ...] = (), *, key: str | None = None) -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path
        self.key = key

    def __str__(self) -> str:
        return f"{' > '.join(self.path)}: {self.reason}" if self.path else self.reason

    def within(self, step: str) -> EncodeError:
        """The same fault, seen from one level further out."""
        return EncodeError(self.reason, (step, *self.path), key=self.key)


def unlike(expected: str, value: Any) -> EncodeError:
    """That a value is not what was expected."""
    text = repr(value)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return EncodeError(f"expected {expected}, not {shown}")


def inside(step: str, encode: Encoder, value: Any) -> bytes:
    """Encodes a part of a value; a fault in it has ``step`` in its path."""
    try:
        return encode(value)
    except EncodeError as fault:
        raise fault.within(step) from None


def unit(value: Any) -> bytes:
    if value is None or (isinstance(value, Collection) and not value):
        return b""
    raise unlike("no value", value)


ReadAmount = Callable[[str], int | None]
"""Reads an amount with its unit: None for other text; raises EncodeError for what the chain has not."""

_AMOUNTS = 64
"""Bits from which on an integer may be an amount."""


def plain_numbers(text: str) -> int | None:
    """The amounts of a chain of which no unit is known: none."""
    return None


def primitive(name: str, amount: ReadAmount = plain_numbers) -> Encoder:
    match name:
        case "bool":
            return _bool
        case "str":
            return _text
        case "char":
            return _char
    size, signed = int(name[1:]) // 8, name[0] == "i"
    low, high = (-(1 << size * 8 - 1), (1 << size * 8 - 1) - 1) if signed else (0, (1 << size * 8) - 1)
    read = amount if size * 8 >= _AMOUNTS else plain_numbers
    return lambda value: _whole(value, name, low, high, read).to_bytes(size, "little", signed=signed)


def compact_number(name: str, amount: ReadAmount = plain_numbers) -> Encoder:
    """A compact unsigned integer in the range of ``name``, such as ``u32``."""
    high = (1 << int(name[1:])) - 1
    read = amount if int(name[1:]) >= _AMOUNTS else plain_numbers
    return lambda value: compact(_whole(value, name, 0, high, read))


def _whole(value: Any, name: str, low: int, high: int, amount: ReadAmount) -> int:
    """An integer, also from its digits, a float without fraction or an amount with its unit."""
    if isinstance(value, bool) or not isinstance(value, int | str | float):
        raise unlike(f"a whole number ({name})", value)
    try:
        number = int(value)
    except (ValueError, OverflowError):
        read = amount(value) if isinstance(value, str) else None
        if read is None:
            raise unlike(f"a whole number ({name})", value) from None
        number = read
    if isinstance(value, float) and number != value:
        raise unlike(f"a whole number ({name})", value)
    if not low <= number <= high:
        raise EncodeError(f"{number} does not fit {name}, which goes from {low} to {high}")
    return number


def _bool(value: Any) -> bytes:
    if not isinstance(value, bool):
        raise unlike("true or false (bool)", value)
    return b"\1" if value else b"\0"


def _text(value: Any) -> bytes:
    if not isinstance(value, str):
        raise unlike("text (str)", value)
    return vec_bytes(value.encode())


def _char(value: Any) -> bytes:
    if not isinstance(value, str) or len(value) != 1:
        raise unlike("one character (char)", value)
    return ord(value).to_bytes(4, "little")


def octets(value: Any, expected: str) -> bytes:
    """The bytes that a value stands for: bytes, 0x hex, or a list of numbers."""
    try:
        match value:
            case bytes() | bytearray():
                return bytes(value)
            case str() if value.startswith("0x"):
                return bytes.fromhex(value[2:])
            case list() | tuple():
                return bytes(value)
    except (ValueError, TypeError):
        pass
    raise unlike(expected, value)


Content = Callable[[str], bytes | None]
"""Reads the file that a text names: None for other text; raises EncodeError for a file that cannot be read."""


def no_file(text: str) -> bytes | None:
    """The files of a chain of which nothing is known: none."""
    return None


def byte_vector(file: Content = no_file) -> Encoder:
    """Text that neither begins with 0x nor names a file stands for its UTF-8 bytes."""

    def encode(value: Any) -> bytes:
        if isinstance(value, str) and not value.startswith("0x"):
            content = file(value)
            return vec_bytes(value.encode() if content is None else content)
        return vec_bytes(octets(value, "bytes, 0x hex or text (Vec<u8>)"))

    return encode


def byte_array(size: int, file: Content = no_file) -> Encoder:
    def encode(value: Any) -> bytes:
        content = file(value) if isinstance(value, str) else None
        raw = content if content is not None else octets(value, f"{size} bytes or 0x hex ([u8; {size}])")
        if len(raw) != size:
            raise EncodeError(f"expected {size} bytes ([u8; {size}]), not {len(raw)}")
        return raw

    return encode


def option(some: Encoder) -> Encoder:
    def encode(value: Any) -> bytes:
        if value is None:
            return b"\0"
        try:
            return b"\1" + some(value)
        except EncodeError as fault:
            if value == "None":
                raise EncodeError(f"{fault.reason}; null stands for None") from None
            raise

    return encode


def newtype(inner: Encoder) -> Encoder:
    """A struct or tuple of one unnamed field: the field's value, or a list of it alone.

    Where both readings of a list of one fit, it is a list of the value, as in substrate-interface.
    """

    def encode(value: Any) -> bytes:
        if not isinstance(value, list | tuple) or len(value) != 1:
            return inner(value)
        try:
            return inner(value[0])
        except EncodeError as wrapped:
            try:
                return inner(value)
            except EncodeError as whole:
                raise (whole if len(whole.path) > len(wrapped.path) else wrapped) from None

    return encode


def fixed_list(items: Sequence[Encoder], name: str) -> Encoder:
    def encode(value: Any) -> bytes:
        if not isinstance(value, list | tuple) or len(value) != len(items):
            raise unlike(f"a list of {len(items)} values ({name})", value)
        pairs = zip(items, value, strict=True)
        return b"".join(inside(f"[{at}]", item, one) for at, (item, one) in enumerate(pairs))

    return encode


def vector(item: Encoder, name: str, *, pairs: bool = False) -> Encoder:
    """Items after their count. ``pairs``: items are pairs, for which a dict may be given; it stays in its order."""

    def encode(value: Any) -> bytes:
        if pairs and isinstance(value, Mapping):
            value = list(value.items())
        if not isinstance(value, list | tuple):
            raise unlike(f"a list ({name})", value)
        return vec(inside(f"[{at}]", item, one) for at, one in enumerate(value))

    return encode


def record(fields: Sequence[tuple[str, Encoder]], name: str, noun: str = "field") -> Encoder:
    """A struct from a dict of its named fields, from a list of them in order, or from the value of its only one."""
    names = [field for field, _ in fields]

    def encode(value: Any) -> bytes:
        if isinstance(value, Mapping):
            _all_and_only(value, names, name, noun)
            values: Iterable[Any] = (value[field] for field in names)
        elif isinstance(value, list | tuple) and len(value) == len(fields):
            values = value
        elif len(fields) == 1 and not isinstance(value, list | tuple):
            values = (value,)
        else:
            raise unlike(f"the {noun}s {', '.join(names)} ({name})", value)
        return b"".join(inside(field, encoder, one) for (field, encoder), one in zip(fields, values, strict=True))

    return encode


def _all_and_only(value: Mapping[Any, Any], names: Collection[str], owner: str, noun: str) -> None:
    for key in value:
        if key not in names:
            hint = nearest(str(key), names) or f"; it has no {noun}s"
            raise EncodeError(f"{owner} has no {noun} {str(key)!r}{hint}", key=str(key))
    missing = [name for name in names if name not in value]
    if missing:
        raise EncodeError(f"{owner} lacks the {noun} {', '.join(map(repr, missing))}")


def chosen(value: Any, name: str) -> tuple[str, Any]:
    """Name and value of an enum's variant: ``'Name'``, ``{'Name': value}`` or ``('Name', value)``."""
    match value:
        case str():
            return value, None
        case Mapping() if len(value) == 1:
            ((variant, inner),) = value.items()
            return str(variant), inner
        case (str(variant), inner) if isinstance(value, tuple):
            return variant, inner
    raise unlike(f"one variant, as Name or {{Name: value}} ({name})", value)


def bits(word: int, order: str) -> Encoder:
    """Bits in words of ``word`` bytes; ``Lsb0`` counts them from the lowest bit of each, ``Msb0`` from the highest.

    The first bit is the last digit of ``0b…``, the last item of a list, and the first digit of text without ``0b``.
    """

    def encode(value: Any) -> bytes:
        digits = _digits(value)
        padded = digits.ljust(-(-len(digits) // (word * 8)) * word * 8, "0")
        words = (padded[at : at + word * 8] for at in range(0, len(padded), word * 8))
        return compact(len(digits)) + b"".join(
            int(one[::-1] if order == "Lsb0" else one, 2).to_bytes(word, "little") for one in words
        )

    return encode


def _digits(value: Any) -> str:
    """The bits of a bit sequence as digits, first bit first."""
    if isinstance(value, list | tuple) and all(bit in (0, 1) for bit in value):
        return "".join("1" if bit else "0" for bit in reversed(value))
    if isinstance(value, str):
        digits = value[:1:-1] if value.startswith("0b") else value
        if set(digits) <= {"0", "1"}:
            return digits
    raise unlike("bits, as 0b0101 or a list of bools (BitVec)", value)
