"""Types that are written by hand are read as Rust means them."""

from __future__ import annotations

import pytest

from simnet.chain import _type_registry as registry
from simnet.chain._decoders import Decoders
from simnet.chain._written_types import Enum, WrittenTypes
from simnet.chain.consensus_logs import BABE, GRANDPA, PARACHAINS, consensus_logs
from simnet.chain.metadata import Metadata
from simnet.codec import compact, u32, u64, vec, vec_bytes
from tests.chain.test_metadata import raw_metadata

DECLARED = WrittenTypes(
    {
        "Pair": {"left": "u8", "right": "Option<Pair>"},
        "Shape": Enum({2: "Circle(u16)", 5: "Nothing"}),
    }
)
"""With a struct that contains itself and an enum with gaps."""


def decoded(text: str, data: bytes) -> object:
    value, end = Decoders(DECLARED.types, octets=True).of(DECLARED.of(text))(data, 0)
    assert end == len(data)
    return value


@pytest.mark.parametrize(
    ("text", "data", "value"),
    [
        ("u32", u32(7), 7),
        ("[u8; 4]", b"abcd", b"abcd"),
        ("Vec<u8>", vec_bytes(b"abc"), b"abc"),
        ("Vec<(u32, bool)>", vec([u32(1) + b"\1", u32(2) + b"\0"]), [[1, True], [2, False]]),
        ("BTreeMap<u32, Vec<u8>>", vec([u32(1) + vec_bytes(b"x")]), [[1, b"x"]]),
        ("Compact<u32>", compact(300), 300),
        ("BitVec", compact(3) + b"\5", 0b101),
        ("Option<u32>", b"\0", None),
        ("Shape", b"\2" + b"\7\0", {"Circle": 7}),
        ("Shape", b"\5", "Nothing"),
        ("Pair", b"\1\1\2\0", {"left": 1, "right": {"left": 2, "right": None}}),
    ],
)
def test_a_written_type_decodes_what_rust_encodes(text: str, data: bytes, value: object) -> None:
    assert decoded(text, data) == value


@pytest.mark.parametrize("text", ["Vec<u32", "u33", "[u8]", "Vec<u32>>", "u32!", ""])
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        DECLARED.of(text)


def log(engine: str, payload: bytes) -> str:
    return "0x" + (b"\4" + engine.encode() + vec_bytes(payload)).hex()


def test_digests_of_other_engines_are_passed_over() -> None:
    change = b"\2" + u32(9) + vec([bytes(32) + u64(1)]) + u32(3)
    logs = [log(BABE, b"\2" + u32(1)), log(GRANDPA, change), log(PARACHAINS, b"\4" + u32(12))]
    assert consensus_logs(logs, PARACHAINS) == [("Revert", 12)]
    assert consensus_logs(logs, GRANDPA) == [
        ("ForcedChange", [9, {"next_authorities": [[bytes(32), 1]], "delay": 3}]),
    ]


def test_a_name_that_is_not_declared_is_a_type_of_the_runtime() -> None:
    metadata = Metadata.parse(raw_metadata("rococo"))
    written = WrittenTypes({"Shape": Enum({2: "Circle(AllowedSlots)"})}, metadata.types)
    slots, circle = written.of("AllowedSlots"), written.of("Vec<Shape>")
    assert registry.type_name(metadata.types, slots) == "AllowedSlots"
    value, _ = Decoders(written.types).of(circle)(b"\4\2\1", 0)
    assert value == [{"Circle": "PrimaryAndSecondaryPlainSlots"}]


def test_a_type_that_is_none_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="Nonsense"):
            DECLARED.of("Vec<Nonsense>")
