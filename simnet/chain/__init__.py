"""Talking to a chain: JSON-RPC, metadata, events, extrinsics and XCM messages. One client serves every provider."""
