"""What a network is made of: topology as values, and keys from secret URIs."""
