"""Code and proofs that are compressed."""

from __future__ import annotations

COMPRESSED = bytes.fromhex("52bc537646db8e05")
"""What stands before zstd-compressed bytes (sp-maybe-compressed-blob)."""
