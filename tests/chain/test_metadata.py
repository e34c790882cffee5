"""The compiled decoders against scalecodec, on metadata and blocks of a relay chain and two parachains.

``data/blocks.json.xz`` was recorded from real Rococo and Penpal runtimes: session changes, HRMP, UMP and DMP messages,
failed extrinsics. It holds each block's header and ``System.Events``, and the chains' last state.
"""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scalecodec.base import RuntimeConfigurationObject, ScaleBytes
from scalecodec.type_registry import load_type_registry_preset
from substrateinterface.storage import StorageKey

from simnet import codec
from simnet.chain._closures import part
from simnet.chain._decoders import Decoders
from simnet.chain._registry_reader import parse_registry
from simnet.chain._type_registry import Composite, Enumeration
from simnet.chain.metadata import Event, Metadata, NotInRuntimeError
from simnet.codec import DecodeError
from simnet.errors import InputError

DATA = Path(__file__).parent / "data"
BLOCKS: dict[str, Any] = json.loads(lzma.decompress((DATA / "blocks.json.xz").read_bytes()))
ALICE = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")
RUNTIME = {"relay": "rococo", "para-2000": "penpal", "para-2001": "penpal"}


def raw_metadata(name: str) -> bytes:
    return lzma.decompress((DATA / f"{name}.metadata.xz").read_bytes())


def decoded(metadata: Metadata, type_id: int, data: bytes, offset: int = 0) -> tuple[Any, int]:
    """The value of a type at ``offset`` and the offset after it."""
    return part(Decoders(metadata.types).of(type_id), data, offset, f"type {type_id}")


@dataclass
class Reference:
    """The same runtime in scalecodec."""

    name: str
    ours: Metadata
    codec: Any
    metadata: Any

    def decode(self, type_id: int, data: bytes) -> Any:
        found = self.codec.create_scale_object(f"scale_info::{type_id}", ScaleBytes(data))
        found.decode()
        return found.value


def reference(name: str) -> Reference:
    codec = RuntimeConfigurationObject(implements_scale_info=True)
    codec.update_type_registry(load_type_registry_preset("core"))
    metadata = codec.create_scale_object("MetadataVersioned", ScaleBytes(raw_metadata(name)))
    metadata.decode()
    codec.add_portable_registry(metadata)
    return Reference(name, Metadata.parse(raw_metadata(name)), codec, metadata)


@pytest.fixture(scope="module")
def rococo() -> Reference:
    return reference("rococo")


@pytest.fixture(scope="module")
def penpal() -> Reference:
    return reference("penpal")


@pytest.fixture(params=["rococo", "penpal"])
def runtime(request: pytest.FixtureRequest) -> Reference:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Reference)
    return found


def differences(ours: Any, theirs: Any, path: str) -> list[str]:
    """Where the values differ, apart from scalecodec's own habits.

    It gives ``()`` for units, text for byte vectors that happen to be UTF-8, and bit sequences as ``0b`` with the last
    bit first and one bit too many when they are empty.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        return [line for key in ours for line in differences(ours[key], theirs[key], f"{path}.{key}")]
    if isinstance(ours, list) and isinstance(theirs, list | tuple) and len(ours) == len(theirs):
        pairs = zip(ours, theirs, strict=True)
        return [line for at, (a, b) in enumerate(pairs) for line in differences(a, b, f"{path}[{at}]")]
    if ours is None and theirs == ():
        return []
    if isinstance(theirs, str) and theirs.startswith("0b"):
        theirs = theirs[:1:-1] if ours else ""
    elif isinstance(ours, str) and ours.startswith("0x") and isinstance(theirs, str) and not theirs.startswith("0x"):
        theirs = "0x" + theirs.encode().hex()
    return [] if type(ours) is type(theirs) and ours == theirs else [f"{path}: {ours!r} is not {theirs!r}"]


def attributes(event: Event) -> Any:
    """An event's fields in scalecodec's shape."""
    if "0" not in event.fields:
        return event.fields or None
    return event.fields["0"] if len(event.fields) == 1 else list(event.fields.values())


@pytest.mark.parametrize("chain", RUNTIME)
def test_every_recorded_event_agrees_with_scalecodec(chain: str, request: pytest.FixtureRequest) -> None:
    runtime: Reference = request.getfixturevalue(RUNTIME[chain])
    events_type = runtime.ours.pallets["System"].storage["Events"].value
    phases = {"apply": "ApplyExtrinsic", "finalization": "Finalization", "initialization": "Initialization"}
    for number, block in enumerate(BLOCKS[chain], start=1):
        data = bytes.fromhex(block["events"])
        ours, theirs = runtime.ours.decode_events(data), runtime.decode(events_type, data)
        assert len(ours) == len(theirs)
        for event, expected in zip(ours, theirs, strict=True):
            assert (event.pallet, event.name) == (expected["module_id"], expected["event_id"])
            assert (phases[event.phase], event.extrinsic) == (expected["phase"], expected["extrinsic_idx"])
            assert not differences(attributes(event), expected["attributes"], f"block {number} {event.name}")


def test_the_recording_has_what_it_is_for() -> None:
    names = {
        (chain, event.pallet, event.name)
        for chain, runtime in RUNTIME.items()
        for metadata in [Metadata.parse(raw_metadata(runtime))]
        for block in BLOCKS[chain]
        for event in metadata.decode_events(bytes.fromhex(block["events"]))
    }
    assert names >= {
        ("relay", "Session", "NewSession"),
        ("relay", "ParaInclusion", "CandidateIncluded"),
        ("relay", "MessageQueue", "Processed"),  # UMP
        ("para-2000", "XcmpQueue", "XcmpMessageSent"),  # HRMP, out
        ("para-2000", "ParachainSystem", "UpwardMessageSent"),
        ("para-2001", "MessageQueue", "Processed"),  # HRMP, in
        ("para-2001", "ParachainSystem", "DownwardMessagesProcessed"),
        ("para-2001", "PolkadotXcm", "AssetsTrapped"),
        ("relay", "System", "ExtrinsicFailed"),
    }


@pytest.mark.parametrize(("name", "chain"), [("rococo", "relay"), ("penpal", "para")])
def test_every_recorded_storage_value_agrees_with_scalecodec(
    name: str, chain: str, request: pytest.FixtureRequest
) -> None:
    runtime: Reference = request.getfixturevalue(name)
    state = {bytes.fromhex(key): bytes.fromhex(value) for key, value in BLOCKS["state"][chain].items()}
    seen = 0
    for pallet in runtime.ours.pallets.values():
        for item in pallet.storage.values():
            prefix = runtime.ours.storage_key(pallet.name, item.name)
            for data in [value for key, value in state.items() if key.startswith(prefix)]:
                if (pallet.name, item.name) == ("System", "Events"):  # compared above, shaped differently there
                    continue
                ours = runtime.ours.decode_storage(pallet.name, item.name, data)
                assert not differences(ours, runtime.decode(item.value, data), f"{pallet.name}.{item.name}")
                seen += 1
    assert seen > 100


def test_every_constant_and_storage_default_agrees_with_scalecodec(runtime: Reference) -> None:
    for pallet in runtime.ours.pallets.values():
        for name, constant in pallet.constants.items():
            theirs = runtime.decode(constant.type_id, constant.value)
            assert not differences(runtime.ours.constant(pallet.name, name), theirs, f"{pallet.name}.{name}")
        for item in pallet.storage.values():
            ours = runtime.ours.decode_storage(pallet.name, item.name, None)
            theirs = None if item.optional else runtime.decode(item.value, item.default)
            assert not differences(ours, theirs, f"{pallet.name}.{item.name}")


def test_every_error_agrees_with_scalecodec(runtime: Reference) -> None:
    seen = 0
    for pallet in runtime.metadata.pallets:
        for error in pallet.errors or ():
            docs = " ".join(error.docs).strip()
            index = error.value["index"]
            raised = {"Module": {"index": pallet.value["index"], "error": f"0x{index:02x}000000"}}
            told = runtime.ours.describe_dispatch_error(raised)
            assert told.startswith(f"{pallet.name}.{error.name}")
            assert told.endswith(docs)
            seen += 1
    assert seen > 50


def test_pallets_and_extrinsic_format_agree_with_scalecodec(runtime: Reference) -> None:
    (described,) = runtime.metadata.value[1].values()
    extrinsic = described["extrinsic"]
    assert list(runtime.ours.pallets) == [pallet.name for pallet in runtime.metadata.pallets]
    assert runtime.ours.extrinsic.version == extrinsic["version"]
    told = [(one["identifier"], one["ty"], one["additional_signed"]) for one in extrinsic["signed_extensions"]]
    assert [(one.name, one.extra, one.implicit) for one in runtime.ours.extrinsic.extensions] == told


@pytest.mark.parametrize(
    ("pallet", "item", "keys"),
    [
        ("System", "Account", ["0x" + ALICE.hex()]),  # Blake2_128Concat
        ("System", "BlockHash", [258]),  # Twox64Concat
        ("System", "Number", []),
        ("Session", "KeyOwner", [("0x62616265", "0x" + ALICE.hex())]),  # Twox64Concat of a tuple
        ("ConvictionVoting", "VotingFor", ["0x" + ALICE.hex(), 3]),  # two key parts
        ("Hrmp", "HrmpChannels", [{"sender": 2000, "recipient": 2001}]),
        ("Registrar", "Paras", [2000]),
    ],
)
def test_storage_keys_agree_with_substrate_interface(
    rococo: Reference, pallet: str, item: str, keys: list[Any]
) -> None:
    theirs = StorageKey.create_from_storage_function(
        pallet, item, keys, runtime_config=rococo.codec, metadata=rococo.metadata
    )
    function = rococo.metadata.get_metadata_pallet(pallet).get_storage_function(item)
    encoded = [
        bytes(rococo.codec.create_scale_object(kind).encode(key).data)
        for kind, key in zip(function.get_params_type_string(), keys, strict=True)
    ]
    assert rococo.ours.storage_key(pallet, item, *encoded).hex() == theirs.to_hex()[2:]


def test_fewer_key_parts_give_a_prefix_and_more_are_refused(rococo: Reference) -> None:
    whole = rococo.ours.storage_key("ConvictionVoting", "VotingFor", ALICE, codec.u16(3))
    assert whole.startswith(rococo.ours.storage_key("ConvictionVoting", "VotingFor", ALICE))
    with pytest.raises(InputError, match=r"System\.Number has 0 key parts, given were 1"):
        rococo.ours.storage_key("System", "Number", b"")


def test_values_by_name(rococo: Reference) -> None:
    assert rococo.ours.constant("Babe", "ExpectedBlockTime") == 6000
    assert rococo.ours.decode_storage("System", "Number", codec.u32(7)) == 7
    assert rococo.ours.decode_storage("Sudo", "Key", None) is None
    assert rococo.ours.decode_storage("System", "Account", None)["data"]["free"] == 0
    with pytest.raises(NotInRuntimeError, match=r"no constant Babe\.Nothing; known are EpochDuration"):
        rococo.ours.constant("Babe", "Nothing")
    with pytest.raises(NotInRuntimeError, match=r"no storage item Sudo\.Nothing; known are Key"):
        rococo.ours.decode_storage("Sudo", "Nothing", b"")
    with pytest.raises(NotInRuntimeError, match="no pallet Staking; "):
        rococo.ours.storage_key("Staking", "ActiveEra")


def test_recorded_failures_are_described(rococo: Reference) -> None:
    events = [e for b in BLOCKS["relay"] for e in rococo.ours.decode_events(bytes.fromhex(b["events"]))]
    described = [
        rococo.ours.describe_dispatch_error(event.fields["dispatch_error"])
        for event in events
        if event.name == "ExtrinsicFailed"
    ]
    assert described == ["Sudo.RequireSudo: Sender must be the Sudo account.", "Arithmetic.Underflow"]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("BadOrigin", "BadOrigin"),
        ({"Token": "FundsUnavailable"}, "Token.FundsUnavailable"),
        ({"Module": {"index": 253, "error": "0x01000000"}}, "Module 253, error 0x01000000 (unknown to this runtime)"),
    ],
)
def test_other_dispatch_errors_are_described(rococo: Reference, error: Any, text: str) -> None:
    assert rococo.ours.describe_dispatch_error(error) == text


def test_version_15_tells_the_same_as_version_14(penpal: Reference) -> None:
    newer = Metadata.parse(raw_metadata("penpal-v15"))
    assert parse_registry(raw_metadata("penpal-v15")).apis is not None
    assert list(newer.pallets) == list(penpal.ours.pallets)
    assert newer.extrinsic.version == penpal.ours.extrinsic.version
    assert [one.name for one in newer.extrinsic.extensions] == [one.name for one in penpal.ours.extrinsic.extensions]
    for metadata in (newer, penpal.ours):
        signed_by = [metadata.types[kind or 0] for kind in (metadata.extrinsic.address, metadata.extrinsic.signature)]
        assert [kind.path[-1] for kind in signed_by if isinstance(kind, Enumeration)] == [
            "MultiAddress",
            "MultiSignature",
        ]
    for block in BLOCKS["para-2001"]:
        data = bytes.fromhex(block["events"])
        assert newer.decode_events(data) == penpal.ours.decode_events(data)


def test_metadata_with_its_length_in_front_is_read_too() -> None:
    raw = raw_metadata("westend")
    assert Metadata.parse(codec.vec_bytes(raw)).pallets == Metadata.parse(raw).pallets


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "ends before a compact"),
        (b"\x04\x00", "no runtime metadata begins at byte 1"),
        (b"meta\x0d", "version 13; known are"),
        (b"meta\x0e\x08", "cut short or damaged at byte 6"),
    ],
)
def test_what_is_no_metadata_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        Metadata.parse(raw)


@settings(max_examples=30)
@given(share=st.floats(0, 0.99))
def test_metadata_that_is_cut_short_is_refused(share: float) -> None:
    raw = raw_metadata("penpal")
    with pytest.raises(DecodeError):
        Metadata.parse(raw[: int(len(raw) * share)])


def test_events_that_are_cut_short_or_too_long(penpal: Reference) -> None:
    data = max((bytes.fromhex(block["events"]) for block in BLOCKS["para-2001"]), key=len)
    for size in range(len(data)):
        with pytest.raises(DecodeError):
            penpal.ours.decode_events(data[:size])
    with pytest.raises(DecodeError, match="1 bytes are left over"):
        penpal.ours.decode_events(data + b"\0")


def test_a_fault_names_its_place(rococo: Reference) -> None:
    event = b"\x01" + b"\x00\x00" + codec.compact(5) + codec.compact(6) + b"\x09"  # DispatchClass has three variants
    with pytest.raises(DecodeError) as raised:
        rococo.ours.decode_events(codec.vec([event]))
    assert raised.value.offset == 6
    assert raised.value.path == ("event 0", "System.ExtrinsicSuccess", "dispatch_info", "class")
    assert str(raised.value).startswith("event 0 > System.ExtrinsicSuccess > dispatch_info > class: no variant")


@settings(max_examples=300, deadline=None)
@given(type_id=st.integers(0, 898), noise=st.binary(max_size=300))
def test_noise_is_decoded_or_refused_and_nothing_else(rococo: Reference, type_id: int, noise: bytes) -> None:
    try:
        _, end = decoded(rococo.ours, type_id, noise)
    except DecodeError as refused:
        assert 0 <= refused.offset <= len(noise)
    else:
        assert end <= len(noise)


def test_nesting_without_end_is_refused(rococo: Reference) -> None:
    """An XCM whose only instruction is ``SetAppendix`` of such an XCM, as deep as the bytes go."""
    types = parse_registry(raw_metadata("rococo")).types
    xcm = next(at for at, kind in types.items() if isinstance(kind, Composite) and kind.path[-2:] == ("v4", "Xcm"))
    assert decoded(rococo.ours, xcm, bytes.fromhex("041600"))[0] == [{"SetAppendix": []}]
    with pytest.raises(DecodeError, match="nested too deep"):
        decoded(rococo.ours, xcm, bytes.fromhex("0416") * 5000)


def test_an_error_that_carries_data_is_told_with_it(penpal: Reference) -> None:
    xcm = penpal.ours.pallets["PolkadotXcm"]
    variants = penpal.ours.types[xcm.error or 0]
    assert isinstance(variants, Enumeration)
    (incomplete,) = [one for one in variants.variants if one.name == "LocalExecutionIncompleteWithError"]
    error = {"Module": {"index": xcm.index, "error": "0x" + bytes([incomplete.index, 3, 0, 0]).hex()}}
    told = penpal.ours.describe_dispatch_error(error)
    assert told.startswith("PolkadotXcm.LocalExecutionIncompleteWithError (index 3, error Overflow): ")
