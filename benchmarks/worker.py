"""A worker's work in a process of its own: waits for a line, does what is due everywhere, tells its peak of memory."""

import json
import os
import resource
import sys
from pathlib import Path

import django


def main() -> None:
    """Ready, go, and the answer as JSON."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    django.setup()
    import portal.celery  # noqa: F401 a worker has it in its memory
    from verification import tasks
    from verification.models import Sandbox

    ids = list(Sandbox.objects.order_by("id").values_list("id", flat=True))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for sandbox_id in ids:
        tasks.run_due(sandbox_id)
    json.dump({"peak_mb": _peak()}, sys.stdout)


def _peak() -> float:
    """The most memory that this process has held, in MB.

    Linux counts towards a process's ``ru_maxrss`` what the process held that started it, so it is asked otherwise.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS


if __name__ == "__main__":
    main()
