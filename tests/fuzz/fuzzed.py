"""The world that is fuzzed: two sandboxes of different times, people in all parts, and something in every state."""

from dataclasses import dataclass
from datetime import timedelta

from portal.shared.page import rulebook
from tests import world
from tests.portal.api.client import new_key
from training import courses, own, tries
from training.files import exercises
from training.models import Kind, NoteKind, Part
from training.one_text import text_of
from training.words import Way
from verification.acting import challenges
from verification.models import (
    Challenge,
    Filing,
    Participant,
    Provider,
    Role,
    Sandbox,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from verification.outside import keys, webhooks
from verification.state import alarms
from verification.time import clock
from verification.worlds import sandboxes

PROVINCE = "z"
#: Who comes to the site; the owner of today's sandbox plays all parts, too, and so do those who learn.
PEOPLE = ("stranger", "owner", "owner today", "filer", "trainer", "learner", "finisher")


@dataclass(frozen=True)
class Fuzzed:
    """Who is there, and what they know."""

    sandbox: Sandbox
    provider: Provider
    #: May do everything in the provider's name.
    secret: str
    recovery_code: str
    #: All but the stranger.
    people: dict[str, Participant]


def _who_learns() -> dict[str, Participant]:
    """Somebody who has left an exercise and begun another, and somebody who has come to the end of one.

    The first has the desks of two classes, in which the other is (one in groups, one that practises in one). The other
    has the desk of a third, and has written two exercises, one of them for classes.
    """
    learner, finisher = tries.new_trainee(), tries.new_trainee()
    tasks = [("corrected", Way.PRACTICE)]
    grouped = courses.make(learner, name="周三班", kind=Kind.GROUP, tasks=tasks)
    free = courses.make(learner, name="自由班", kind=Kind.TOGETHER, scenario="2018-z", parts=[Part.FILER])
    courses.start(courses.join(grouped, finisher, "小王"), 1)
    courses.join(free, finisher, "小王")
    courses.make(finisher, name="各做各的班", tasks=tasks)
    for text in (text_of("one-person"), text_of("two-codes")):
        written = own.make(finisher, text, rules=rulebook.rules())
    own.offer(written)
    left = tries.start(learner, "first-verification")
    tries.note(left, NoteKind.SEEN, exercises()[left.exercise].steps[0].id)  # from the next step one may go on
    tries.leave(left)
    begun = tries.start(learner, "no-noon")  # which begins by reading, and asks what will happen
    done = tries.start(finisher, "one-person")
    assert done.sandbox is not None
    for challenge in Challenge.objects.filter(sandbox=done.sandbox).select_related("phone"):
        entry = {"code": challenge.code, "phone": challenge.phone.number, "id_suffix": challenge.id_suffix}
        challenges.check_entry(done.sandbox, province=None, **entry, by=world.FILER)
    found = {"learner": begun.participant, "finisher": done.participant}
    return {name: participant for name, participant in found.items() if participant is not None}


def build() -> Fuzzed:
    """A class of 2018 with filings in all states, and a sandbox of today that is as it was started."""
    started = sandboxes.start(scenario="2018-z", name="备案培训", shared=True)
    sandbox, owner = started.sandbox, started.participant
    today = sandboxes.start(scenario="today")
    Sandbox.objects.filter(pk=today.sandbox.pk).update(untold_since=clock.real_now())  # as an upgrade leaves it
    for standing in (sandbox, today.sandbox):
        clock.pause(standing, by=world.TRAINER)  # so that each run of an example sees the same times
    people = {
        "owner": owner,
        "owner today": today.participant,
        "filer": sandboxes.join(join_code=sandbox.join_code, name="办理人甲"),
        "trainer": sandboxes.join(join_code=sandbox.join_code, name="教员乙"),
    }
    people |= _who_learns()
    sandboxes.set_roles(people["trainer"], roles=[Role.TRAINER, Role.BUREAU], may_move_clock=True)
    provider = sandbox.providers.order_by("id")[0]
    keys.make_key(provider, maker=owner, name="程序", may_move_clock=True)
    webhooks.add_endpoint(provider, "https://example.com/hook")
    _fill(provider)
    _let_hang(provider)
    return Fuzzed(sandbox, provider, new_key(provider), started.recovery_code, people)


def _fill(provider: Provider) -> None:
    """Beside what a new sandbox holds: filings that were accepted, returned, verified, and set aside before a code."""
    accepted, returned, reviewing = [_submit(provider, serial) for serial in (21, 31, 41)]
    clock.move_to(provider.sandbox, clock.now(provider.sandbox) + timedelta(minutes=5), by=world.TRAINER)
    alarms.run_due(provider.sandbox)
    world.pass_all(accepted)
    world.accept(accepted)
    world.withdraw(returned)
    world.pass_all(reviewing)
    Filing.objects.filter(pk=_submit(provider, 51).pk).update(alarm_error="ValueError: 演练")


def _submit(provider: Provider, serial: int) -> Filing:
    return world.submit(provider, world.first_filing(serial, serial + 1, domain=serial, province=PROVINCE))


def _let_hang(provider: Provider) -> None:
    """The provider's address is set aside; one webhook has been tried."""
    real = clock.real_now()
    WebhookEndpoint.objects.filter(provider=provider).update(hangs=2, set_aside_until=real + timedelta(days=36_500))
    delivery = WebhookDelivery.objects.filter(endpoint__provider=provider).latest("id")
    WebhookAttempt.objects.create(delivery=delivery, at=real, request="POST", error="超时", took_ms=10_000)
