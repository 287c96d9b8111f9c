"""make bench: the servers that the benchmarks need, and the benchmarks, on a machine that should do nothing else."""

import shutil
from collections.abc import Callable

from tools import postgres, redis_server, run, venv
from tools.places import LOAD_PACKAGES, VAR, VENV_PYTHON
from tools.screen import Screen
from tools.supervisor import Part, Stopped, Supervisor

FOLDER = VAR / "benchmarks"


def main() -> int:
    """Measure the parts that PART names, or all; 1 if a bar is missed."""
    screen = Screen()
    try:
        with Supervisor(screen) as supervisor:
            run.set_up(supervisor, screen, "requirements-dev.txt")
            _set_up_people(supervisor, screen)
            shutil.rmtree(FOLDER, ignore_errors=True)
            redis = redis_server.prepare(FOLDER / "redis", persistent=False)
            supervisor.start(Part("redis", redis.command, {}, is_foundation=True))
            redis.wait(seconds=30)
            # PostgreSQL as it is delivered, so that a commit costs what it costs.
            with postgres.running(supervisor, options=()) as address:
                environment = {
                    "BENCH_FOLDER": str(FOLDER),
                    "BENCH_POSTGRES": address,
                    "REDIS_URL": redis.url,
                    "PYTHONUNBUFFERED": "1",
                }
                return supervisor.run_step([str(VENV_PYTHON), "-m", "benchmarks"], environment, screen.say)[0]
    except Stopped:
        return 130
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


def _set_up_people(supervisor: Supervisor, screen: Screen) -> None:
    """Bring what plays the people of the load."""

    def run_pip(command: list[str], on_line: Callable[[str], None]) -> tuple[int, str]:
        return supervisor.run_step(command, {}, on_line)

    with screen.step("The people of the load / 压测用的人") as show:
        venv.add_beside(LOAD_PACKAGES, "requirements-load.txt", run_pip, show)
