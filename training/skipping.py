"""跳过: a trainer takes the present step off somebody: the machine does it, so that the next can be done.

Where it cannot be done as things stand, the step counts as done all the same. A try of which a step was skipped is
nobody's best.
"""

from django.db import transaction

from training import tries
from training.facts import facts_of
from training.models import NoteKind, Try
from training.performing import perform
from training.words import Seen
from verification.by import By
from verification.refusals import Refused
from verification.state.transitions import IllegalMove

DESK = By.machine("教员台")


@transaction.atomic
def skip(this: Try, step: str) -> bool:
    """Skip a step of a try; whether it was the present one, and still to be done."""
    locked = Try.objects.select_for_update(of=("self",)).select_related("sandbox").get(pk=this.pk)
    sandbox = locked.sandbox
    looked = tries.look(locked, sandbox) if sandbox is not None and locked.ended_at is None else None
    present = looked.standing.step if looked else None
    if sandbox is None or looked is None or present is None or present.id != step:
        return False
    tries.note(locked, NoteKind.SKIPPED, step)
    if not isinstance(present.done, Seen):
        try:
            with transaction.atomic():
                perform(present.act, facts_of(looked.exercise, locked, sandbox), sandbox, by=DESK)
        except (Refused, IllegalMove, LookupError):
            pass  # what it needs is not there; the note says that it counts as done
    tries.settle(sandbox)
    return True
