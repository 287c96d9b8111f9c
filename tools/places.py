"""Where things are, and how a tool refuses."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
#: What plays the people of a load test has packages of its own: some of them would change how the site runs.
LOAD_PACKAGES = VENV / "load"
VAR = ROOT / "var"


class Refusal(Exception):
    """A tool cannot go on; the text says to the user why, and what helps."""
