"""Every part on each of its databases, one after the other, and the table of what came of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.report import PARTS, POSTGRESQL, Line, document, table

REPORT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def main() -> int:
    """Measure the parts that PART names; all of them at full size become the report. 1 if a bar is missed."""
    chosen = os.environ.get("PART", "").split()
    if unknown := [name for name in chosen if name not in PARTS]:
        sys.stderr.write(f"There is no part {unknown[0]}; there are: {', '.join(PARTS)}.\n")
        return 2
    lines = [line for name in chosen or PARTS for database in PARTS[name] for line in _run(name, database)]
    sys.stdout.write(f"\n{table(lines)}\n")
    if not chosen and os.environ.get("SIZE") != "small":
        REPORT.write_text(document(lines), encoding="utf-8")
    return int(any(line.is_met is False for line in lines))


def _run(name: str, database: str) -> list[Line]:
    """Run one part in a process of its own; what it leaves behind is deleted."""
    sys.stdout.write(f"{name} on {database} …\n")
    folder = Path(os.environ["BENCH_FOLDER"]) / f"{name}-{database}"
    folder.mkdir(parents=True)
    try:
        environment = {**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": _address(database)}
        command = [sys.executable, "-m", "benchmarks.part", name, database]
        subprocess.run(command, env=environment, check=True)
        return [Line(**line) for line in json.loads((folder / "lines.json").read_text(encoding="utf-8"))]
    finally:
        shutil.rmtree(folder)


def _address(database: str) -> str:
    """Of the database to be measured; SQLite's is a file in the part's folder by itself."""
    return os.environ["BENCH_POSTGRES"].rsplit("/", 1)[0] + "/bench" if database == POSTGRESQL else ""


sys.exit(main())
