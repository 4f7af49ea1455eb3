"""`python -m ottavino serve`: what an application runs."""

import argparse
from collections.abc import Sequence

from ottavino.http import serve


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command of `python -m ottavino`."""
    parser = argparse.ArgumentParser("ottavino", description="Row-secured functions in Python.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser(
        "serve", help="serve the functions of this folder at HOST and PORT"
    ).set_defaults(run=serve.main)
    chosen = vars(parser.parse_args(arguments))
    chosen.pop("run")(**chosen)


if __name__ == "__main__":
    main()
