"""However many beats and workers there are, the history is that of one beat and one worker."""

from typing import Any

import pytest

from tests import world
from tests.jobs_process import Jobs
from verification.models import Filing, Sandbox
from verification.state import alarms

FILINGS = 12


def what_happens(jobs: Jobs) -> dict[str, Any]:
    """Let the same people do the same in a new sandbox; its history, without ids and codes."""
    sandbox = world.new_sandbox()
    provider = world.new_provider(sandbox)
    made = []
    for n in range(FILINGS):
        made.append(world.submit(provider, world.first_filing(1 + n, 2 + n, domain=10 * (n + 1))))
        world.move_without_jobs(sandbox, f"2017-12-20 09:{31 + n}")
    reach(jobs, sandbox, "2017-12-20 10:00")
    world.pass_all(made[0])
    answers = [world.verify(made[1], 2).outcome, world.send_again(made[2], 3).outcome]
    answers += [world.verify(made[3], 4, id_suffix=world.WRONG_ID).outcome for _ in range(5)]
    world.move_without_jobs(sandbox, "2017-12-21 12:30")
    world.withdraw(made[4])
    world.resubmit(made[4])
    reach(jobs, sandbox, "2017-12-22 20:00")
    world.resubmit(made[5])
    reach(jobs, sandbox, "2018-01-31 00:00")
    return {
        "answers": answers,
        "filings": [(world.standing(filing), world.history(filing), world.states(filing)) for filing in made],
        "messages": sorted(world.messages(sandbox)),
        "set aside": list(alarms.set_aside(sandbox)),
    }


def reach(jobs: Jobs, sandbox: Sandbox, moment: str) -> None:
    """Move the clock, and wait until the jobs have done what is due."""
    world.move_without_jobs(sandbox, moment)
    jobs.wait_for(lambda: alarms.remaining(sandbox) == 0)


@pytest.mark.rule("C-03", "C-04", "D-02")
def test_two_beats_and_four_workers_leave_the_history_of_one(jobs: Jobs) -> None:
    jobs.environment["ALARM_CHUNK"] = "1"
    jobs.start_worker()
    jobs.start_beat()
    expected = what_happens(jobs)
    assert set(Filing.objects.values_list("state", "round")) == {("reviewing", 1), ("returned", 1), ("returned", 2)}
    jobs.start_beat()
    for worker in [jobs.start_worker(wait=False) for _ in range(3)]:
        jobs.wait_for_worker(worker)
    assert what_happens(jobs) == expected
