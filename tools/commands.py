"""The commands of `python3 -m tools`, each a module with a `main`."""

import sys
from importlib import import_module

from tools.places import Refusal

#: Each is a module of this name with a function `main`.
COMMANDS = ("run", "test", "chaos", "fuzz", "mutants", "bench", "check")


def main(arguments: list[str]) -> int:
    """Run one command; a refusal is a sentence and exit code 1."""
    name = arguments[0] if arguments else ""
    if name not in COMMANDS:
        sys.stderr.write(f"Use: python3 -m tools {' | '.join(COMMANDS)}\n")
        return 2
    try:
        return int(import_module(f"tools.{name}").main())
    except Refusal as refusal:
        sys.stderr.write(f"\n{refusal}\n")
        return 1
    except KeyboardInterrupt:
        return 130
