"""What is wrong with nodes that are listed together: keys that two have, a warp sync that cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simnet.network.accounts import same_secret
from simnet.network.topology import WARP_PEERS, Node, nearest


def misused_keys(nodes: Sequence[Node]) -> Iterator[tuple[int, str, str]]:
    """What is wrong with who has whose keys among nodes that are listed together: index and key in the file, and why.

    Nodes that sign with one key equivocate; that they are to is said by ``twin_of``.
    """
    owners = [node.name for node in nodes if node.twin_of is None and node.role != "full"]
    holders: dict[str, str] = {}
    for index, node in enumerate(nodes):
        if node.twin_of is not None and node.twin_of not in owners:
            twin = f"{node.name} is a twin of {node.twin_of!r}, which is no {node.role} of its chain"
            full = f"{node.name} is a full node, which has no keys, so that it cannot be a twin of {node.twin_of}"
            yield index, "twin_of", full if node.role == "full" else twin + nearest(node.twin_of, owners)
        elif not node.authority and (node.role == "full" or node.twin_of is not None):
            what = "a full node" if node.role == "full" else f"the twin of {node.twin_of}"
            yield index, "authority", f"{node.name} is {what}, which has no place of its own; leave `authority` out"
        elif node.twin_of is None and node.role != "full":
            first = holders.setdefault(same_secret(node.account), node.name)
            if first != node.name:
                problem = f"{node.name} has the account of {first}, {node.account}: two nodes would sign with one key"
                yield index, "account", f"{problem}; write `twin_of: {first}` if they should, else another account"


def unable_to_warp(nodes: Sequence[Node], count: int) -> Iterator[tuple[int, str, str]]:
    """Which of the nodes that are listed together cannot sync as they should: index and key in the file, and why.
    ``count`` is how many nodes the network has; all follow the relay chain."""
    for index, node in enumerate(nodes):
        if node.sync == "full":
            continue
        if node.role == "collator":
            problem = "is a collator, both of whose clients sync in full; only nodes of the relay chain can warp"
        elif node.command is not None:
            problem = "has a command line of its own, which would have to say how it syncs"
        elif any(flag.partition("=")[0] == "--sync" for flag in node.flags):
            problem = "has the flag --sync as well; give one"
        elif count <= WARP_PEERS:
            problem = f"has {count - 1} peers at most, and warp sync waits for {WARP_PEERS}"
        else:
            continue
        yield index, "sync", f"{node.name} {problem}"
