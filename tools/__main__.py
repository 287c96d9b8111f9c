# The entrance of the tools: python3 -m tools run | test | chaos | fuzz | mutants | bench | check.
# Everything in this file must be readable by Pythons older than the project needs, so that they can say what is wrong.
import os
import sys

NEEDED = (3, 11)
NEWER_NAMES = ["python3.14", "python3.13", "python3.12", "python3.11"]

if sys.version_info < NEEDED:
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for name in NEWER_NAMES:
            program = os.path.join(folder, name)
            if os.access(program, os.X_OK) and not os.environ.get("TOOLS_PYTHON_TRIED"):
                os.environ["TOOLS_PYTHON_TRIED"] = "1"
                os.execv(program, [program, "-m", "tools"] + sys.argv[1:])
    sys.stderr.write(
        "This project needs Python 3.11 or newer; this is Python %d.%d (%s).\n"
        % (sys.version_info[:2] + (sys.executable,))
        + "Install a newer one, or say which to use: make run PYTHON=/path/to/python3.11\n"
        + "需要 Python 3.11 或更新的版本。\n"
    )
    sys.exit(1)

from tools import commands

sys.exit(commands.main(sys.argv[1:]))
