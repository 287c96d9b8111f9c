"""Who learns: over devices by a link and a code, by a name only for themselves."""

from collections.abc import Collection
from datetime import timedelta

from django.db import IntegrityError, transaction

from training.models import Trainee, new_code, new_link, new_trainee_key
from verification.time import clock

#: So long after their last use trainees are forgotten, with their results.
FORGOTTEN_AFTER = timedelta(days=365)


def note_use(trainee: Trainee) -> None:
    """They have come: from now on they are remembered for another year."""
    Trainee.objects.filter(pk=trainee.pk).update(last_used_at=clock.real_now())


def of_link(link: str) -> Trainee | None:
    """Whose personal link it is; ``None`` for one that was never given out, or revoked."""
    return Trainee.objects.filter(link=link).first()


def of_code(code: str) -> Trainee | None:
    """Whose code it is; ``None`` as for the link. Capitals, without blanks."""
    return Trainee.objects.filter(code=code).first()


def rename(trainee: Trainee, name: str) -> None:
    """Let them be called so; blank takes the name back."""
    trainee.name, trainee.last_used_at = name, clock.real_now()
    trainee.save(update_fields=["name", "last_used_at"])


def revoke(trainee: Trainee) -> None:
    """Give out a new link and a new code; the old ones lead nowhere, and no browser that used them is them any more."""
    trainee.link, trainee.code, trainee.key = new_link(), new_code(), new_trainee_key()
    trainee.last_used_at = clock.real_now()
    try:
        with transaction.atomic():
            trainee.save(update_fields=["link", "code", "key", "last_used_at"])
    except IntegrityError:  # of some 10¹³ codes this one was taken
        revoke(trainee)


@transaction.atomic
def forget_empty(ids: Collection[int]) -> int:
    """Forget those of them who have no result, class or desk left; returns how many."""
    locked = Trainee.objects.select_for_update().filter(pk__in=ids).values_list("pk", flat=True)
    empty = Trainee.objects.filter(pk__in=list(locked), tries=None, memberships=None, desks=None)
    return empty.delete()[1].get("training.Trainee", 0)


def forget_unused() -> int:
    """Forget who has not come for a year, with all results; returns how many."""
    unused = Trainee.objects.filter(last_used_at__lt=clock.real_now() - FORGOTTEN_AFTER)
    return unused.delete()[1].get("training.Trainee", 0)
