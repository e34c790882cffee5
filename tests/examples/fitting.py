"""Whether files fit the schema of what they hold, and load: ``python -m tests.examples.fitting FILE...``.

A module that is run by itself as well, since what other distributions bring is known where they are installed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import jsonschema

from simnet.cli._scenario_files import is_network, is_space, load_any
from simnet.errors import InputError
from simnet.scenario._positions import plain
from simnet.scenario._yaml import read_yaml
from simnet.scenario.schema import json_schema, network_json_schema
from simnet.search.space_schema import space_json_schema


def misfits(path: Path) -> Iterator[str]:
    """What the schema or the loader finds wrong with a file, with its place."""
    schema = space_json_schema() if is_space(path) else network_json_schema() if is_network(path) else json_schema()
    tree = read_yaml(path.read_text(encoding="utf-8"), path, [])
    data = None if tree is None else plain(tree)
    for error in jsonschema.Draft202012Validator(schema).iter_errors(data):
        yield f"{path}: {error.json_path}: {error.message}"
    try:
        load_any(path)
    except InputError as error:
        yield str(error)


def main(paths: Iterable[str]) -> int:
    found = [one for path in paths for one in misfits(Path(path))]
    print("\n".join(found))
    return len(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
