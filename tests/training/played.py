"""An exercise that the machine has done by the domain's calls, for what compares it with one that was pressed."""

from tests.training.test_exercises import do
from training import tries
from training.files import exercises


def play(name: str) -> int:
    """Do all steps of an exercise in a sandbox of its own; the sandbox."""
    this = tries.start(tries.new_trainee(), name)
    for step in exercises()[name].steps:
        do(this, step.act, step.id)
    assert this.sandbox_id is not None
    return this.sandbox_id
