"""The commands of `python3 -m tools`."""

import sys

from tools.places import Refusal


def main(arguments: list[str]) -> int:
    """Run one command; a refusal is a sentence and exit code 1."""
    name = arguments[0] if arguments else ""
    try:
        if name == "run":
            from tools import run

            return run.main()
        if name == "test":
            from tools import test

            return test.main()
        if name == "check":
            from tools import check

            return check.main()
    except Refusal as refusal:
        sys.stderr.write(f"\n{refusal}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    sys.stderr.write("Use: python3 -m tools run | test | check\n")
    return 2
