"""The closed vocabularies of exercises: what can be done in one, what can be so, and who it is for."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from verification.law.services import Platform
from verification.law.words import Kind, Outcome, ServiceType
from verification.models import AttemptKind, ChallengeState, FilingState, ReturnReason


class Path(StrEnum):
    """路径: exercises in an order, for one sort of person."""

    FILER = "filer"
    PROVIDER = "provider"
    BUREAU = "bureau"
    DEEP = "deep"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return {"filer": "办理人", "provider": "接入商", "bureau": "管局", "deep": "深入"}[self.value]


class Way(StrEnum):
    """How an exercise is done: with all help, or as a proof."""

    PRACTICE = "practice"
    PROOF = "proof"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return {"practice": "练习", "proof": "考核"}[self.value]


class Switch(StrEnum):
    """A switch of a simulated phone (C-10), by the column that holds it."""

    SIGNAL = "has_signal"
    SPAM_FILTER = "has_spam_filter"
    OTHER_HANDSET = "in_other_handset"


class Piece(StrEnum):
    """A piece of an entry."""

    CODE = "code"
    PHONE = "phone"
    ID = "id"


class Moment(StrEnum):
    """A moment in the life of a filing, by the column or the alarm that says when it is."""

    FIRST_SENDING = "first_sending"
    NOON = "noon"
    DEADLINE = "deadline"
    NEXT_RESEND = "next_resend"  # from when on a message that was sent again by hand may be so once more


class Predict(StrEnum):
    """What a step asks before it is done: the answer to its entry, or when a moment of its filing is."""

    ENTRY = "entry"
    FIRST_SENDING = "first_sending"
    NOON = "noon"
    DEADLINE = "deadline"


#: Labels of the opening's own: of persons, filings, records.
Label = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
#: The filing that the trainee submits, which no opening can know.
OWN = "own"


class Word(BaseModel):
    """A word of one of the lists, with its arguments."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


# ── What can be done ─────────────────────────────────────────────────────────


class ServiceSpec(Word):
    """A service of a filing, synthetic but for what the file says; ``person`` answers for it."""

    type: ServiceType = ServiceType.WEBSITE
    person: Label
    name: str
    domain: str = ""
    platforms: tuple[Platform, ...] = ()


class FilingSpec(Word):
    """A filing, by the labels of its persons: of a new 主体, or of ``picks``, the serials of a record's websites."""

    kind: Kind = Kind.FIRST_FILING
    subject: Label | None = None
    name: str = ""
    services: tuple[ServiceSpec, ...] = ()
    record: Label | None = None
    picks: tuple[Annotated[int, Field(ge=1)], ...] = ()

    @model_validator(mode="after")
    def _is_of_one_sort(self) -> "FilingSpec":
        of_new = [bool(self.subject), bool(self.name), bool(self.services)]
        of_record = [bool(self.record), bool(self.picks)]
        if not ((all(of_new) and not any(of_record)) or (all(of_record) and not any(of_new))):
            raise ValueError("give subject, name and services, or record and picks")
        return self


class Read(Word):
    """Look at a page."""

    do: Literal["read"]


class Enter(Word):
    """A person enters what stands on the phone for a filing; ``wrong`` is the piece that is not right.

    Wrong entries are made until the challenge has been charged ``times`` in all, as the limit of its edition counts.
    ``code_of`` names another filing whose code is entered in its place.
    """

    do: Literal["enter"]
    filing: Label
    person: Label
    wrong: Piece | None = None
    code_of: Label | None = None
    times: Annotated[int, Field(ge=1, le=10)] = 1


class Resend(Word):
    """A person asks for another message, as soon as that may be."""

    do: Literal["resend"]
    person: Label


class Turn(Word):
    """Turn a switch of a person's phone."""

    do: Literal["switch"]
    person: Label
    switch: Switch
    on: bool


class Move(Word):
    """Move the clock: to a moment of a filing, or on by minutes."""

    do: Literal["move_clock"]
    filing: Label | None = None
    to: Moment | None = None
    minutes: Annotated[int, Field(ge=0, le=60 * 24 * 30)] = 0


class Submit(Word):
    """The provider submits a filing, the trainee's own."""

    do: Literal["submit"]
    submission: FilingSpec


class Resubmit(Word):
    """The provider submits a returned filing again, as it was."""

    do: Literal["resubmit"]
    filing: Label


class Withdraw(Word):
    """The provider takes a filing back."""

    do: Literal["withdraw"]
    filing: Label


class Decide(Word):
    """An officer accepts, rejects or approves a filing."""

    do: Literal["decide"]
    filing: Label
    decision: Literal["approve", "accept", "reject"]
    reason: str = ""


Act = Annotated[Read | Enter | Resend | Turn | Move | Submit | Resubmit | Withdraw | Decide, Field(discriminator="do")]


# ── What can be so ───────────────────────────────────────────────────────────


class Seen(Word):
    """The trainee has said that the step's page was looked at."""

    what: Literal["seen"]


class FilingIs(Word):
    """A filing stands so, in its round or a later one."""

    what: Literal["filing"]
    filing: Label
    state: Annotated[FilingState, Field(alias="is")]
    because: ReturnReason | None = None
    round: Annotated[int, Field(ge=1)] = 1


class ChallengeIs(Word):
    """A person's challenge stands so in the present round of a filing."""

    what: Literal["challenge"]
    filing: Label
    person: Label
    state: Annotated[ChallengeState, Field(alias="is")]


class Charged(Word):
    """A person's challenge has been charged so often, or more."""

    what: Literal["charged"]
    filing: Label
    person: Label
    times: Annotated[int, Field(ge=1)]


class Resent(Word):
    """A person's message has been sent again by hand so often, or more."""

    what: Literal["resent"]
    filing: Label
    person: Label
    times: Annotated[int, Field(ge=1)]


class Arrived(Word):
    """So many messages have arrived on a person's phone, or more, and are there still."""

    what: Literal["arrived"]
    person: Label
    messages: Annotated[int, Field(ge=1)]


class SwitchIs(Word):
    """A switch of a person's phone stands so."""

    what: Literal["switch"]
    person: Label
    switch: Switch
    on: bool


class Reached(Word):
    """The clock has come to a moment of a filing."""

    what: Literal["reached"]
    filing: Label
    moment: Moment


class Tried(Word):
    """Something was tried so often, or more, done or refused; with an ``outcome``, only what came to that.

    An outcome is the answer's word for an entry and a re-sending, else the refusal's, or ``done``.
    """

    what: Literal["tried"]
    kind: AttemptKind
    outcome: Annotated[str, Field(pattern=r"^[a-z_]*$")] = ""
    person: Label | None = None
    times: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _is_an_outcome(self) -> "Tried":
        is_answered = self.kind in (AttemptKind.ENTRY, AttemptKind.RESEND)
        if self.outcome and is_answered and self.outcome not in set(Outcome):
            raise ValueError(f"no answer is {self.outcome}")
        return self


class Every(Word):
    """All of these are so."""

    what: Literal["all"]
    of: Annotated[tuple["Condition", ...], Field(min_length=1)]


class Either(Word):
    """One of these is so."""

    what: Literal["any"]
    of: Annotated[tuple["Condition", ...], Field(min_length=1)]


class Not(Word):
    """This is not so."""

    what: Literal["not"]
    of: "Condition"


Condition = Annotated[
    Seen | FilingIs | ChallengeIs | Charged | Resent | Arrived | SwitchIs | Reached | Tried | Every | Either | Not,
    Field(discriminator="what"),
]
for _recursive in (Every, Either, Not):
    _recursive.model_rebuild()
