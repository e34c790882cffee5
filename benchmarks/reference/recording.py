"""What the reference works on: a recorded chain of blocks and the code that executes it, in one compressed file.

``recorded.tar.xz`` holds, as members of a tar archive:

===============  =====================================================================================================
native.wasm      a frozen copy of simnet's native module: state, tries, hashing and signatures
allocator.wat    the runtime's allocator
glue.wat         the module that joins the host functions which the runtime imports to native.wasm
entry.wat        the module through which the runtime's ``Core_execute_block`` is called
state.bin        the relay chain's storage under the first block, without code: keys and values in turn, each with its
                 length in four bytes before it
blocks.bin       the blocks, each as ``Core_execute_block`` takes it (a header without seal, then extrinsics), in the
                 same form
about.json       file and SHA-256 of the code in storage, by its key; the memory of the runtime; and the types of which
                 its events are made
===============  =====================================================================================================

The code in storage, the relay chain's own and that of its parachains, is many times as large as all of that: it is
taken from the bundled runtimes, and the digests say which ones.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "recorded.tar.xz"
BUNDLED = Path(__file__).parents[2] / "simnet/runtime/bundled"
CODE = b":code"
"""Where a chain's storage has its own runtime."""

Types = dict[int, Any]
"""A runtime's types by number, as :mod:`benchmarks.reference.decoding` reads them."""


class AnotherRuntimeError(Exception):
    """A bundled runtime is another than the one that was recorded, so the work would be another as well.

    Record a chain of the new one (``python -m benchmarks.reference.recorder``), then the figures
    (``python -m benchmarks.record``): ratios to the old reference and to the new one do not compare.
    """


@dataclass(frozen=True)
class Code:
    """A code in storage: file and SHA-256 of it, and the bytes that stand before it there."""

    file: str
    digest: str
    before: bytes


@dataclass(frozen=True)
class Recording:
    """``codes`` has the code in storage by its key. ``memory`` is the least and the most
    pages of 64 KiB of the runtime's memory, ``events`` the number of the type of an ``EventRecord`` in ``types``."""

    native: bytes
    allocator: str
    glue: str
    entry: str
    state: bytes
    blocks: tuple[bytes, ...]
    codes: dict[bytes, Code]
    memory: tuple[int, int]
    events: int
    types: Types = field(repr=False)

    def save(self, path: Path) -> None:
        """Writes the file; the same recording gives the same bytes."""
        codes = {key.hex(): (one.file, one.digest, one.before.hex()) for key, one in self.codes.items()}
        about = {"codes": codes, "memory": self.memory, "events": self.events, "types": self.types}
        members = {
            "native.wasm": self.native,
            "allocator.wat": self.allocator.encode(),
            "glue.wat": self.glue.encode(),
            "entry.wat": self.entry.encode(),
            "state.bin": self.state,
            "blocks.bin": b"".join(len(block).to_bytes(4, "little") + block for block in self.blocks),
            "about.json": json.dumps(about, sort_keys=True).encode(),
        }
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content in members.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        path.write_bytes(lzma.compress(packed.getvalue(), preset=9 | lzma.PRESET_EXTREME))


def load(path: Path = FILE) -> Recording:
    """The recording in a file."""
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress(path.read_bytes()))) as archive:
        content = {member.name: _content(archive, member) for member in archive.getmembers()}
    about = json.loads(content["about.json"])
    least, most = about["memory"]
    return Recording(
        native=content["native.wasm"],
        allocator=content["allocator.wat"].decode(),
        glue=content["glue.wat"].decode(),
        entry=content["entry.wat"].decode(),
        state=content["state.bin"],
        blocks=tuple(parts(content["blocks.bin"])),
        codes={
            bytes.fromhex(key): Code(name, digest, bytes.fromhex(before))
            for key, (name, digest, before) in about["codes"].items()
        },
        memory=(least, most),
        events=about["events"],
        types={int(number): definition for number, definition in about["types"].items()},
    )


def codes(recording: Recording, folder: Path = BUNDLED) -> dict[bytes, bytes]:
    """The values in storage that are code, by their keys; raises :class:`AnotherRuntimeError` when a file is not the
    recorded one."""
    found: dict[bytes, bytes] = {}
    for key, code in recording.codes.items():
        content = (folder / code.file).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if digest != code.digest:
            raise AnotherRuntimeError(
                f"the reference works on {code.file} with the SHA-256 {code.digest}, and the one here has {digest}: the"
                " work would not be the same. Record a chain of this one with `python -m benchmarks.reference.recorder`"
                " and all figures with `python -m benchmarks.record`; ratios to the old reference do not compare with"
                " those"
            )
        found[key] = code.before + content
    return found


def parts(encoded: bytes) -> list[bytes]:
    """Byte strings that have their length in four bytes before them."""
    found: list[bytes] = []
    offset = 0
    while offset < len(encoded):
        start = offset + 4
        offset = start + int.from_bytes(encoded[offset:start], "little")
        found.append(encoded[start:offset])
    return found


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = archive.extractfile(member)
    assert opened is not None
    return opened.read()
