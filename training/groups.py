"""小组: members who do an exercise together in one sandbox, each with a part of it, and are judged as one.

A part that nobody in the group has is played by its lead, so that a group can begin before it is full.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q

from training import shelf, tries
from training.files import Exercise, Step, exercises
from training.models import Course, Member, Part, Trainee, Try
from training.words import Decide, Enter, Move, Resend, Resubmit, Submit, Turn, Withdraw
from verification.models import Participant, Role, Sandbox
from verification.refusals import Refused
from verification.time import clock
from verification.worlds import sandboxes

_OF_ACT: Mapping[type, Part] = {
    Enter: Part.FILER,
    Resend: Part.FILER,
    Turn: Part.FILER,
    Submit: Part.PROVIDER,
    Resubmit: Part.PROVIDER,
    Withdraw: Part.PROVIDER,
    Decide: Part.BUREAU,
    Move: Part.CLOCK,
}
#: For a step in which one only looks: whose place it is. Papers are everybody's.
_OF_PLACE = {
    "phone": Part.FILER,
    "verify": Part.FILER,
    "resend": Part.FILER,
    "provider": Part.PROVIDER,
    "bureau": Part.BUREAU,
    "clock": Part.CLOCK,
}


def part_of(step: Step) -> Part | None:
    """Whose step it is; ``None`` where anybody may do it."""
    return _OF_ACT.get(type(step.act)) or _OF_PLACE.get(step.place.partition(".")[0])


def parts_of(exercise: Exercise) -> Sequence[Part]:
    """The parts that an exercise needs, in their customary order."""
    needed = {part_of(step) for step in exercise.steps}
    return [part for part in Part if part in needed]


def for_groups() -> Sequence[Exercise]:
    """The exercises that have something for several to do."""
    return [exercise for exercise in exercises().values() if len(parts_of(exercise)) > 1]


def check(chosen: Sequence[Exercise]) -> None:
    """Raises :class:`Refused` for more exercises than one, and for one that is for one person."""
    if len(chosen) != 1:
        raise Refused("小组合做只能选一个练习，请只留一个。", code="one_exercise_a_group")
    if chosen[0] not in for_groups():
        title = chosen[0].sentences.title
        raise Refused(f"“{title}”只有一个角色，请选一个标有角色的练习。", code="one_part_only")


def parts_of_course(course: Course) -> Sequence[Part]:
    """The parts of a group in a class."""
    exercise = next(iter(shelf.offered([course.tasks[0][0]]).values()), None) if course.tasks else None
    return parts_of(exercise) if exercise else []


# ── Who does what ────────────────────────────────────────────────────────────


def group_of(member: Member) -> Sequence[Member]:
    """All of a member's group, its lead first."""
    speaker = member.speaker
    return [speaker, *speaker.followers.select_related("participant")]


def parts_in(group: Sequence[Member], parts: Iterable[Part]) -> Mapping[Member, Collection[Part]]:
    """What each of a group does: their own part, and the lead besides whatever nobody has."""
    taken = {member.part for member in group}
    left = {part for part in parts if part not in taken}
    own = {member: {Part(member.part)} if member.part else set() for member in group}
    return own | {group[0]: own[group[0]] | left} if group else own


def seat(member: Member) -> None:
    """Put somebody new, who is saved by the caller, into the first group that lacks somebody, or a new one.

    Under the lock of the class, so that no part is given out twice.
    """
    parts = parts_of_course(member.course)
    leads = member.course.members.filter(lead=None).annotate(size=Count("followers"))
    member.lead = leads.filter(size__lt=len(parts) - 1).order_by("id").first()
    taken = {each.part for each in group_of(member)} if member.lead else set()
    member.part = next((part for part in parts if part not in taken), "")


@dataclass(frozen=True)
class Seat:
    """A part that nobody has in the group of a lead; in a new group where there is no ``lead``."""

    lead: Member | None
    part: Part

    @property
    def key(self) -> str:
        """What a form sends for it."""
        return f"{self.lead.pk if self.lead else 0}:{self.part.value}"


def seats_for(member: Member) -> Sequence[Seat]:
    """What a member may change to: a free part of the own group; before that has begun, of another or a new one too."""
    parts, speaker = parts_of_course(member.course), member.speaker
    with_room = Q(size__lt=len(parts) - 1)
    leads = member.course.members.filter(lead=None).annotate(size=Count("followers")).filter(with_room)
    leads = leads.order_by("id").prefetch_related("followers")
    may_move = not speaker.tries.exists()
    found = []
    for lead in leads if may_move else leads.filter(pk=speaker.pk):
        taken = {lead.part, *(follower.part for follower in lead.followers.all())}
        found += [Seat(lead, part) for part in parts if part not in taken]
    is_with_others = member.lead is not None or speaker.followers.exists()
    return [*found, *(Seat(None, part) for part in parts if may_move and is_with_others)]


@transaction.atomic
def take(member: Member, key: str) -> Member:
    """Change to another part or group. Raises :class:`Refused` for what somebody else has by now."""
    Course.objects.select_for_update().get(pk=member.course_id)
    member = Member.objects.select_related("lead", "course").get(pk=member.pk)
    seat_of_key = next((each for each in seats_for(member) if each.key == key), None)
    if seat_of_key is None:
        raise Refused("这个角色已经有人了，或者小组已经开始，不能再换。请看看现在还空着的角色。", code="part_is_taken")
    if seat_of_key.lead != member.speaker:
        _hand_over(member)
        member.lead = seat_of_key.lead
    member.part = seat_of_key.part
    member.save(update_fields=["lead", "part"])
    for this in member.speaker.tries.filter(ended_at=None).select_related("sandbox"):
        _give_parts(this, member)
    return member


def _hand_over(member: Member) -> None:
    """Let the next of a group lead it, whose lead goes."""
    followers = list(member.followers.all())
    for follower in followers:
        follower.lead = followers[0] if follower != followers[0] else None
    Member.objects.bulk_update(followers, ["lead"])


# ── In the sandbox ───────────────────────────────────────────────────────────


def going_on_under_lock(lead: Member) -> Try | None:
    """What a group is at; nobody else of it begins anything until the transaction is over."""
    Member.objects.select_for_update().get(pk=lead.pk)
    return lead.tries.filter(ended_at=None).order_by("-id").first()


def participant_in(this: Try, trainee: Trainee | None) -> Participant | None:
    """As whom a trainee goes on with a try: in a group each is somebody of their own. ``None`` once it is over."""
    owner = tries.owner_of(this)
    if owner is None or this.member is None or not this.member.course.is_group:
        return owner
    of_group = Q(pk=this.member_id) | Q(lead=this.member_id)
    member = Member.objects.select_related("participant", "lead", "course").filter(of_group, trainee=trainee).first()
    return _enter(member, this, owner.sandbox) if member else None


@transaction.atomic
def _enter(member: Member, this: Try, sandbox: Sandbox) -> Participant:
    participant = member.participant
    if participant is None or participant.sandbox_id != sandbox.pk:
        # The others see in the sandbox's histories who has done what; it goes with the class.
        participant = Participant.objects.create(
            sandbox=sandbox, name=member.nickname, plays_filer=False, joined_at=clock.real_now()
        )
        member.participant = participant
        member.save(update_fields=["participant"])
        _give_parts(this, member)
        participant.refresh_from_db()
    participant.sandbox = sandbox
    return participant


def _give_parts(this: Try, member: Member) -> None:
    """Let all of a group who are in the sandbox play what is theirs there."""
    for each, parts in parts_in(group_of(member), parts_of_course(member.course)).items():
        if each.participant is not None and each.participant.sandbox_id == this.sandbox_id:
            give(each.participant, parts)


def give(participant: Participant, parts: Collection[Part]) -> None:
    """Let a participant play these parts, where they do not already."""
    roles = {Role(part.value) for part in parts if part is not Part.CLOCK}
    if set(participant.roles) != roles or participant.may_move_clock is not (Part.CLOCK in parts):
        sandboxes.set_roles(participant, roles=roles, may_move_clock=Part.CLOCK in parts)


def whose_turn(this: Try, step: Step) -> str:
    """Who of the group does a step, in words; blank where anybody may, and where there is no group."""
    part = part_of(step)
    if part is None or this.member is None or not this.member.course.is_group:
        return ""
    shared = parts_in(group_of(this.member), parts_of_course(this.member.course))
    names = "、".join(member.nickname for member, parts in shared.items() if part in parts)
    return f"{names}（{part.label}）" if names else ""
