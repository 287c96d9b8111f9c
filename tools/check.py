"""make check: everything that can be said about the code without running it."""

import os
import subprocess
import tempfile
import time

from tools.places import ROOT, VENV, Refusal
from tools.screen import GREEN, RED, Screen

BIN = VENV / "bin"
PRODUCTION = {"DEBUG": "0", "HTTPS": "1", "SITE_DOMAIN": "drill.example.org", "SECRET_KEY": "", "DATABASE_URL": ""}

CHECKS: list[tuple[str, list[str], dict[str, str]]] = [
    ("format", [f"{BIN}/ruff", "format", "--check", "--quiet", "."], {}),
    ("lint", [f"{BIN}/ruff", "check", "--quiet", "."], {}),
    ("types", [f"{BIN}/mypy"], {}),
    ("imports", [f"{BIN}/lint-imports"], {}),
    ("migrations", [f"{BIN}/python", "manage.py", "makemigrations", "--check", "--dry-run"], PRODUCTION),
    ("deploy", [f"{BIN}/python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
]


def main() -> int:
    """Run every check, also after one has failed; 1 if one has."""
    if not (BIN / "ruff").exists():
        raise Refusal("The checks are not installed yet: run `make test` once, it sets everything up.")
    screen, failed = Screen(), []
    with tempfile.TemporaryDirectory() as data_dir:
        for name, command, environment in CHECKS:
            began = time.monotonic()
            env = {**os.environ, "DATA_DIR": data_dir, **environment}
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
            mark = screen.paint("✓", GREEN) if done.returncode == 0 else screen.paint("✗", RED)
            screen.say(f"{mark} {name:<11} {time.monotonic() - began:5.1f} s")
            if done.returncode != 0:
                failed.append(name)
                screen.say((done.stdout + done.stderr).rstrip())
    return 1 if failed else 0
