"""`switchboard flow schema`: JSON Schemas that let an editor complete and check flows while they are typed."""

import argparse
import json
from pathlib import Path

HELP = "write JSON Schemas for editors"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add where to write."""
    parser.add_argument("name", nargs="?", help="print one schema, such as flow, instead of writing all")
    parser.add_argument("--output", type=Path, default=Path("docs/reference/schema"), metavar="FOLDER")


def run(options: argparse.Namespace) -> int:
    """Write the schemas, or print one."""
    from engine.core.errors import ControlError
    from engine.flow.schema import schemas

    found = {name.removesuffix(".schema.json"): (name, schema) for name, schema in schemas().items()}
    if options.name is not None:
        if options.name not in found:
            raise ControlError(f"no schema {options.name} (known: {', '.join(found)})")
        print(json.dumps(found[options.name][1], indent=2))
        return 0
    options.output.mkdir(parents=True, exist_ok=True)
    for name, schema in found.values():
        (options.output / name).write_text(json.dumps(schema, indent=2) + "\n", "utf-8")
        print(options.output / name)
    return 0
