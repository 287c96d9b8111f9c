"""A worker's work in a process of its own: waits for a line, does what is due everywhere, tells its peak of memory."""

import json
import os
import resource
import sys

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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    json.dump({"peak_mb": peak}, sys.stdout)


if __name__ == "__main__":
    main()
