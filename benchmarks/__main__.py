"""Every part on each of its databases, one after the other, and the table of what came of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.report import PARTS, POSTGRESQL, Line, document, table, with_long_load

REPORT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def main() -> int:
    """Measure the parts that PART names, on the database that ON names. 1 if a bar is missed.

    All of them at full size become the report, a class in its long form a section of it.
    """
    chosen = os.environ.get("PART", "").split()
    if unknown := [name for name in chosen if name not in PARTS]:
        sys.stderr.write(f"There is no part {unknown[0]}; there are: {', '.join(PARTS)}.\n")
        return 2
    only = os.environ.get("ON", "")
    runs = [(name, database) for name in chosen or PARTS for database in PARTS[name] if only in ("", database)]
    lines = [line for name, database in runs for line in _run(name, database)]
    sys.stdout.write(f"\n{table(lines)}\n")
    if os.environ.get("SIZE") == "small" or only:
        pass
    elif os.environ.get("LONG") and chosen == ["load"]:
        REPORT.write_text(with_long_load(lines, REPORT.read_text(encoding="utf-8")), encoding="utf-8")
    elif not chosen:
        REPORT.write_text(document(lines, REPORT.read_text(encoding="utf-8")), encoding="utf-8")
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
