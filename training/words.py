"""The closed vocabularies of exercises: what can be done in one, what can be so, and who it is for."""

from enum import StrEnum
from functools import cache
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from verification.law.faults import paths_of_service, paths_of_subject
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


#: Fields of a submission that are text and can be told from the rows of its filing, by their paths.
TextPath = Annotated[
    str,
    Field(
        pattern=r"^(subject\.(name|person\.(name|id_number|phone))"
        r"|services\.[0-9]\.(name|domain|server_ip|person\.(name|id_number|phone)))$"
    ),
]


@cache
def _fields() -> frozenset[str]:
    of_services = (paths_of_service(index, type_) for index in range(10) for type_ in ServiceType)
    return frozenset((*paths_of_subject(), *(each for paths in of_services for each in paths)))


def _known_field(path: str) -> str:
    """One of the fields that a bureau may find wrong."""
    if path not in _fields():
        raise ValueError(f"no bureau finds {path!r} wrong")
    return path


#: A field that a bureau finds wrong.
FaultPath = Annotated[str, AfterValidator(_known_field)]


class Word(BaseModel):
    """A word of one of the lists, with its arguments."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


# ── What can be done ─────────────────────────────────────────────────────────


class Slip(StrEnum):
    """How something is written down wrongly, whatever it is."""

    SWAPPED = "swapped"  # two digits that stand side by side
    SHORT = "short"  # the last one is missing


class Mistake(Word):
    """A field that says something else than it should: ``value``, or what a ``slip`` makes of what is right."""

    field: TextPath
    value: str = ""
    slip: Slip | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "Mistake":
        if bool(self.value) == (self.slip is not None):
            raise ValueError("give a value or a slip")
        return self


class ServiceSpec(Word):
    """A service of a filing, synthetic but for what the file says; ``person`` answers for it."""

    type: ServiceType = ServiceType.WEBSITE
    person: Label
    name: str
    domain: str = ""
    server_ip: str = "192.0.2.10"  # an address for documentation, never of a real server
    platforms: tuple[Platform, ...] = ()


class FilingSpec(Word):
    """A filing, by the labels of its persons: of a new 主体, or of ``picks``, the serials of a record's websites.

    ``other_phone`` is whose phone is given in the place of the one on record: the 主体's, or that of each website.
    """

    kind: Kind = Kind.FIRST_FILING
    subject: Label | None = None
    name: str = ""
    services: tuple[ServiceSpec, ...] = ()
    record: Label | None = None
    picks: tuple[Annotated[int, Field(ge=1)], ...] = ()
    other_phone: Label | None = None

    @model_validator(mode="after")
    def _is_of_one_sort(self) -> "FilingSpec":
        of_new = [bool(self.subject), bool(self.name), bool(self.services)]
        of_record = [bool(self.record), bool(self.picks or self.other_phone)]
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
    """The provider submits one of the opening's submissions, as the trainee's own filing, with these mistakes."""

    do: Literal["submit"]
    submission: Label
    mistakes: tuple[Mistake, ...] = ()


class Resubmit(Word):
    """The provider submits a returned filing again: as it was, or corrected to one of the opening's submissions."""

    do: Literal["resubmit"]
    filing: Label
    submission: Label | None = None
    mistakes: tuple[Mistake, ...] = ()


class Withdraw(Word):
    """The provider takes a filing back."""

    do: Literal["withdraw"]
    filing: Label


class Decide(Word):
    """An officer accepts, rejects or approves a filing, or several, as far as that is still to be done.

    ``field`` is what the officer finds wrong, where the edition asks for it (T-12); none is the filing as a whole.
    """

    do: Literal["decide"]
    filing: Label | None = None
    filings: tuple[Label, ...] = ()
    decision: Literal["approve", "accept", "reject"]
    reason: str = ""
    field: FaultPath | None = None
    suggestion: str = ""

    @model_validator(mode="after")
    def _is_about_some(self) -> "Decide":
        if bool(self.filing) == bool(self.filings):
            raise ValueError("give a filing or filings")
        return self

    @property
    def labels(self) -> tuple[Label, ...]:
        """All that it is about."""
        return self.filings or ((self.filing,) if self.filing else ())


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


class Rejected(Word):
    """The bureau has rejected a filing, in whatever round; with ``field``, since that is wrong."""

    what: Literal["rejected"]
    filing: Label
    field: FaultPath | None = None


class Says(Word):
    """The present round of a filing says what one of the opening's submissions says; ``fields``: in these alone."""

    what: Literal["says"]
    filing: Label
    submission: Label
    fields: tuple[TextPath, ...] = ()


class RefusedSubmission(Word):
    """Submissions of the trainee's have been refused so often, or more."""

    what: Literal["refused"]
    times: Annotated[int, Field(ge=1)]


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
    Seen
    | FilingIs
    | Rejected
    | Says
    | RefusedSubmission
    | ChallengeIs
    | Charged
    | Resent
    | Arrived
    | SwitchIs
    | Reached
    | Tried
    | Every
    | Either
    | Not,
    Field(discriminator="what"),
]
for _recursive in (Every, Either, Not):
    _recursive.model_rebuild()
