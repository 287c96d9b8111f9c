"""跳过: a trainer takes the present step off somebody: the machine does it, so that the next can be done.

Where it cannot be done as things stand, the step counts as done all the same. A try of which a step was skipped is
nobody's best.
"""

from contextlib import suppress

from django.db import transaction

from training import tries
from training.facts import Facts, facts_of
from training.models import NoteKind, Try
from training.performing import perform
from training.words import Act, Move
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
    facts = facts_of(looked.exercise, locked, sandbox)
    if _can_be_done(present.act, facts):
        # What it needs may not be there all the same; the note says that the step counts as done.
        with suppress(Refused, IllegalMove, LookupError), transaction.atomic():
            perform(present.act, facts, sandbox, by=DESK)
    tries.settle(sandbox)
    return True


def _can_be_done(act: Act, facts: Facts) -> bool:
    """Whether there is a moment to move the clock to, where the act does."""
    if isinstance(act, Move) and act.filing and act.to:
        return facts.moment(act.filing, act.to) is not None
    return True
