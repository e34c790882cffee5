"""What a network is made of: topology, keys, genesis and chain specs."""
