"""What simnet is built from: its locks, what is known of them, and the shipped WASM built again and compared."""
