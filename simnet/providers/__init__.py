"""Where a network can run: what every provider offers, a running network, its barrier, and a package for each provider.

`simnet.providers.base` is what all of them offer.
"""
