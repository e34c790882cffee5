"""What nodes do off-chain, one part each: slots, propagation, GRANDPA, collation, backing, availability."""
