"""One part on one database, in a process of its own: python -m benchmarks.part sweeps SQLite."""

import json
import os
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import django
from django.conf import settings
from redis import Redis

from benchmarks.report import Bench


def main(name: str, database: str) -> None:
    """Measure the part on a new database and leave its lines in the data folder."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    django.setup()
    from django.core.management import call_command

    from benchmarks import databases

    databases.make_anew()
    # A new database gives out the same ids again: what is kept about those of an earlier part is about others.
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.flushall()
    call_command("migrate", verbosity=0)
    folder, is_small = Path(os.environ["DATA_DIR"]), os.environ.get("SIZE") == "small"
    bench = Bench(database=database, folder=folder, rounds=1 if is_small else 5, is_small=is_small)
    lines = [asdict(line) for line in import_module(f"benchmarks.{name}").measure(bench)]
    (folder / "lines.json").write_text(json.dumps(lines), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
