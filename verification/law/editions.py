"""Loads and checks the law; tells which edition governs a province at a moment.

An edition (规则版本) is one TOML file in ``editions/``. It is read once into frozen types; an unknown key, a missing
text or a kind that the edition forgets raises :class:`LawError`, which names the file and the key and stops the start.
"""

import string
import tomllib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from verification.law.words import (
    EDITION_OUTCOMES,
    SITUATIONS,
    Kind,
    Look,
    Mode,
    Network,
    Outcome,
    Part,
    Place,
    ServiceType,
    Situation,
)

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

_HERE = Path(__file__).parent
EDITIONS_DIR = _HERE / "editions"
PROVINCES_FILE = _HERE / "provinces.toml"


class LawError(Exception):
    """A law file is wrong; the message names the file, the key and what is expected."""


class _Law(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


RuleId = Annotated[str, Field(pattern=r"^[A-Z]-\d\d$")]


class Basis(StrEnum):
    """On what a value stands that no source of its edition gives."""

    TAKEN_OVER = "taken_over"  # from the edition that this one takes_over
    DECIDED = "decided"  # by this site, within what the sources leave open


class Cited(_Law, Generic[T]):
    """A value of the law with the rule it comes from, and on what it stands where no source gives it."""

    value: T
    rule: RuleId
    basis: Basis | None = None


Text = Cited[Annotated[str, Field(min_length=1)]]
Count = Cited[Annotated[int, Field(ge=1, strict=True)]]
Switch = Cited[Annotated[bool, Field(strict=True)]]


def _placeholders(text: str) -> set[str]:
    """The names in braces; ``ValueError`` for a brace that does not close."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


class Province(_Law):
    """One of the 31 provinces, with the code of its portal's host."""

    code: Annotated[str, Field(pattern=r"^[a-z]{1,3}$")]
    name: str
    full_name: str
    icp_prefix: Annotated[str, Field(min_length=1, max_length=1)]

    @property
    def host_label(self) -> str:
        """The first label of the portal's host (P-06)."""
        return f"{self.code}cainfo"

    @property
    def bureau_name(self) -> str:
        """The name of the province's 通信管理局."""
        return f"{self.full_name}通信管理局"


class _ProvinceFile(_Law):
    province: tuple[Province, ...]


class InForce(_Law):
    """From this moment on the edition governs these provinces."""

    since: AwareDatetime
    provinces: tuple[str, ...]
    rule: RuleId


class Timing(_Law):
    """When messages go out, and how long a code is good."""

    first_sending_minutes: Count
    window_hours: Count
    noon_hour: Count


class Limits(_Law):
    """How often somebody may err or ask again; an absent limit does not exist in the edition."""

    id_errors: Count | None = None
    tries: Count | None = None
    tries_borne: Count | None = None  # so many are charged; the next entry, right or wrong, fails (T-06)
    resends: Count | None = None
    resend_pause_seconds: Count


#: A sender's number with a star for each digit that differs from phone to phone.
SenderForm = Cited[Annotated[str, Field(pattern=r"^[0-9*]+$")]]


class Senders(_Law):
    """The numbers that messages come from."""

    telecom: Text
    unicom: Text
    mobile: Text
    virtual_varies: Switch
    virtual: SenderForm | None = None  # to numbers of virtual operators, one number for each (T-07)

    def of(self, network: Network) -> str:
        """The fixed sender number for a network."""
        cited: Text = getattr(self, network.value)
        return cited.value


#: What every message names (C-09).
MESSAGE_PLACEHOLDERS = frozenset({"name", "provider", "filed", "kind", "code", "address"})
#: The short link, where the edition has one (C-08).
LINK_PLACEHOLDER = "link"


def _names_all(text: Text) -> Text:
    if (found := _placeholders(text.value) - {LINK_PLACEHOLDER}) != MESSAGE_PLACEHOLDERS:
        wrong = ", ".join(f"{{{name}}}" for name in sorted(found ^ MESSAGE_PLACEHOLDERS))
        raise ValueError(f"lacks or does not know {wrong}")
    return text


MessageText = Annotated[Text, AfterValidator(_names_all)]


class Message(_Law):
    """The wording for each role; placeholders: name, provider, filed, kind, code, address, link (C-08)."""

    subject: MessageText
    website: MessageText

    @property
    def has_link(self) -> bool:
        """Whether messages carry a short link (C-08)."""
        return LINK_PLACEHOLDER in _placeholders(self.subject.value)


class PermitSide(StrEnum):
    """The side of the 港澳居民来往内地通行证 on which the number to type stands."""

    FRONT = "front"
    BACK = "back"


class IdentityLaw(_Law):
    """Which number of an identity document counts, where it has two (I-02, I-03)."""

    hk_macau_permit_side: Cited[PermitSide]
    hk_macau_permit_back_in: Cited[tuple[str, ...]] | None = None

    def permit_side(self, province: str) -> PermitSide:
        """The side of the permit whose number is typed for a filing in the province."""
        exception = self.hk_macau_permit_back_in
        if exception is not None and province in exception.value:
            return PermitSide.BACK
        return self.hk_macau_permit_side.value


class Labels(_Law):
    """What buttons and fields are called."""

    home_button: Text
    code: Text
    phone: Text
    id_suffix: Text
    captcha: Text
    verify_button: Text
    resend_link: Text
    resend_button: Text
    service_person: Text | None = None  # the person of a service, where the edition has a name of its own (T-02)


class AnswerText(Cited[Annotated[str, Field(min_length=1)]]):
    """The wording of one outcome; ``code`` is the result code where the edition has one (V-17).

    ``hint`` says what may be the cause and what to do next (V-19).
    """

    code: int | None = None
    hint: str = ""

    @model_validator(mode="after")
    def _names_the_person_only(self) -> Self:
        if unknown := _placeholders(self.value) - {"name"}:
            raise ValueError(f"does not know {{{', '.join(sorted(unknown))}}}")
        return self


class Answers(_Law):
    """The wording of every outcome; ``{name}`` stands for the person's name."""

    salutation: Text
    partial: AnswerText
    all_done: AnswerText
    already_done: AnswerText
    not_found: AnswerText
    wrong_id: AnswerText
    wrong_code: AnswerText
    failed: AnswerText
    resent: AnswerText
    nothing_to_resend: AnswerText
    quota_used_up: AnswerText | None = None

    def of(self, outcome: Outcome) -> AnswerText:
        """The wording for an outcome; ``KeyError`` where the edition knows none."""
        if outcome not in EDITION_OUTCOMES or (text := getattr(self, outcome.value)) is None:
            raise KeyError(outcome)
        assert isinstance(text, AnswerText)
        return text


class Records(_Law):
    """What happens when a request is compared with the accepted records."""

    differing_access_phone: Cited[Literal["return", "use_record"]]


class SituationLaw(_Law):
    """Who is verified in one situation of a kind."""

    when: Situation
    verify: tuple[Part, ...]
    mode: Mode = Mode.ALL
    rule: RuleId
    note: str = ""
    basis: Basis | None = None


class KindLaw(_Law):
    """One kind of filing under the edition's own name, or the reason why the edition does not offer it."""

    name: Text | None = None
    names: Mapping[ServiceType, Text] | None = None  # where all services of a filing are of one type (T-02)
    not_offered: Text | None = None
    prereview: Switch | None = None
    situations: tuple[SituationLaw, ...] = ()

    @property
    def is_offered(self) -> bool:
        """Whether a filing of this kind can be submitted under the edition."""
        return self.not_offered is None

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if self.not_offered is None and (self.name is None or not self.situations):
            raise ValueError("needs name and situations, or not_offered with the reason")
        if self.not_offered is not None and (self.name is not None or self.names is not None or self.situations):
            raise ValueError("not_offered excludes name and situations")
        return self

    def in_situation(self, situation: Situation) -> SituationLaw:
        """The entry for a situation; ``KeyError`` if the kind has no such situation."""
        for entry in self.situations:
            if entry.when is situation:
                return entry
        raise KeyError(situation)


def _freeze(value: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType(dict(value))


class Edition(_Law):
    """规则版本: everything that one document lays down."""

    id: Annotated[str, Field(pattern=r"^[a-z]+-\d{4}$")]
    name: str
    document: str
    look: Look
    verifies_at: Cited[Place] | None = None  # on the province's portal where nothing is said
    takes_over: str = ""  # the id of the edition that values with the basis taken_over are from
    provinces: Cited[tuple[str, ...]]
    in_force: tuple[InForce, ...] = ()
    verify_status: Switch | None = None  # whether platforms see how far the verification is (T-12)
    refusal_names_field: Switch | None = None  # whether a refusal says which field is wrong, and suggests something
    services: Cited[Annotated[tuple[ServiceType, ...], Field(min_length=1)]] | None = None
    timing: Timing
    limits: Limits
    senders: Senders
    message: Message
    identity: IdentityLaw
    labels: Labels
    answers: Answers
    records: Records
    kinds: Annotated[Mapping[Kind, KindLaw], AfterValidator(_freeze)]

    @property
    def service_types(self) -> tuple[ServiceType, ...]:
        """What can be filed under a 主体; websites alone where the document knows nothing else (T-01)."""
        return self.services.value if self.services else (ServiceType.WEBSITE,)

    @property
    def service_word(self) -> str:
        """What is filed, in one word: websites alone, or services of several types (T-02)."""
        return "服务" if self.services else ServiceType.WEBSITE.label

    @property
    def place(self) -> Place:
        """Where one verifies."""
        return self.verifies_at.value if self.verifies_at else Place.PROVINCE

    def role_label(self, part: Part) -> str:
        """What the edition calls the person who answers for a part (T-02)."""
        own = self.labels.service_person if part is Part.SERVICE else None
        return own.value if own else part.role_label

    def situation_label(self, situation: Situation) -> str:
        """What a situation is called where the edition's services are filed."""
        return situation.label_of_services if self.services else situation.label

    def kind_name(self, kind: Kind, types: Collection[ServiceType] = ()) -> str:
        """The edition's own name of a kind (N-06), for a filing with services of these types (T-02).

        ``KeyError`` if it does not offer the kind.
        """
        law = self.kinds[kind]
        if law.name is None:
            raise KeyError(kind)
        distinct = set(types)
        if law.names and len(distinct) == 1:
            return law.names.get(distinct.pop(), law.name).value
        return law.name.value

    @property
    def offered_kinds(self) -> tuple[Kind, ...]:
        """The kinds that can be submitted, in the order of the vocabulary."""
        return tuple(kind for kind in Kind if self.kinds[kind].is_offered)

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        forgotten = [kind.value for kind in Kind if kind not in self.kinds]
        if forgotten:
            raise ValueError(f"kinds: forgets {', '.join(forgotten)}")
        for kind, law in self.kinds.items():
            found = sorted(entry.when for entry in law.situations)
            if law.is_offered and found != sorted(SITUATIONS[kind]):
                raise ValueError(f"kinds.{kind}.situations: expected {', '.join(SITUATIONS[kind])}")
        if self.limits.resends is not None and self.answers.quota_used_up is None:
            raise ValueError("answers.quota_used_up: missing although limits.resends is set")
        known = set(provinces())
        for codes in (self.provinces.value, *(entry.provinces for entry in self.in_force)):
            if unknown := set(codes) - known:
                raise ValueError(f"provinces: does not know {', '.join(sorted(unknown))}")
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if bool(self.takes_over) != (Basis.TAKEN_OVER in self._bases()):
            raise ValueError("takes_over: names an edition where values are taken over, and nowhere else")
        if self.limits.tries is not None and self.limits.tries_borne is not None:
            raise ValueError("limits.tries_borne: excludes limits.tries")
        for kind, law in self.kinds.items():
            if strange := set(law.names or ()) - set(self.service_types):
                raise ValueError(f"kinds.{kind}.names: does not know {', '.join(sorted(strange))}")
        return self

    def _bases(self) -> set[Basis]:
        """On what values stand that no source gives."""

        def of(law: Any) -> Iterator[Basis]:
            match law:
                case Mapping():
                    yield from (found for value in law.values() for found in of(value))
                case tuple():
                    yield from (found for value in law for found in of(value))
                case BaseModel():
                    if basis := getattr(law, "basis", None):
                        yield basis
                    yield from (found for _, value in law for found in of(value))

        return set(of(self))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise LawError(f"{path.name}: {error}") from error


def _explain(path: Path, error: ValidationError) -> str:
    """One line for each mistake: file, key, what is wrong. Where a rule spans keys, its sentence names them."""
    lines = []
    for item in error.errors(include_url=False):
        key = ".".join(str(step) for step in item["loc"] if step != "[key]")
        sentence = str(item["ctx"]["error"]) if item["type"] == "value_error" else item["msg"]
        lines.append(": ".join(part for part in (path.name, key, sentence) if part))
    return "\n".join(lines)


def load_edition(path: Path) -> Edition:
    """Read and check one edition's file.

    Raises :class:`LawError` with the file's name and the key for anything unknown, missing or contradictory.
    """
    content = _read(path)
    try:
        edition = Edition.model_validate(content)
    except ValidationError as error:
        raise LawError(_explain(path, error)) from error
    if edition.id != path.stem:
        raise LawError(f"{path.name}: id: says {edition.id!r}")
    return edition


@cache
def provinces() -> Mapping[str, Province]:
    """The 31 provinces by code, in their customary order."""
    content = _read(PROVINCES_FILE)
    try:
        found = _ProvinceFile.model_validate(content).province
    except ValidationError as error:
        raise LawError(_explain(PROVINCES_FILE, error)) from error
    if len({province.code for province in found}) != len(found):
        raise LawError(f"{PROVINCES_FILE.name}: code: stands twice")
    return MappingProxyType({province.code: province for province in found})


@cache
def editions() -> Mapping[str, Edition]:
    """Every edition by id, oldest document first."""
    found = [load_edition(path) for path in EDITIONS_DIR.glob("*.toml")]
    if not found:
        raise LawError(f"{EDITIONS_DIR.name}: holds no edition")
    found.sort(key=lambda edition: (edition.id.rpartition("-")[2], edition.id))
    return MappingProxyType({edition.id: edition for edition in found})


def edition_in_force(province: str, *, at: datetime, pinned: str | None = None) -> Edition | None:
    """The edition that governs filings to ``province`` at ``at``; ``None`` where verification is not in force (P-01).

    ``pinned`` replaces the date: that edition governs the provinces that its document names, and no other.
    """
    if pinned is not None:
        edition = editions()[pinned]
        return edition if province in edition.provinces.value else None
    best: tuple[datetime, Edition] | None = None
    for edition in editions().values():
        for entry in edition.in_force:
            if province in entry.provinces and entry.since <= at and (best is None or entry.since >= best[0]):
                best = (entry.since, edition)
    return best[1] if best else None


def edition_of_portal(province: str | None, *, at: datetime, pinned: str | None = None) -> Edition | None:
    """The edition by which a portal verifies; ``None`` where it does not.

    A province's does not where verification is not in force (N-04), nor where one verifies on the national one alone
    (T-09). The national one (``None``) only leads to those of the provinces, until the time of an edition by which it
    verifies itself (N-03).
    """
    edition = (
        edition_in_force(province, at=at, pinned=pinned) if province else edition_to_show(None, at=at, pinned=pinned)
    )
    if edition is None:
        return None
    elsewhere = Place.NATION if province else Place.PROVINCE
    return edition if edition.place is not elsewhere else None


def starts_at(province: str, *, after: datetime) -> datetime | None:
    """The next moment at which some edition begins to govern ``province``; ``None`` if no document says so (N-04)."""
    moments = [
        entry.since
        for edition in editions().values()
        for entry in edition.in_force
        if province in entry.provinces and entry.since > after
    ]
    return min(moments, default=None)


def filed_since(type_: ServiceType) -> datetime:
    """The first moment from which services of a type are filed, wherever (T-01)."""
    return min(
        entry.since for edition in editions().values() if type_ in edition.service_types for entry in edition.in_force
    )


def latest_edition(*, at: datetime) -> Edition:
    """The edition that came into force last before ``at``, wherever; the earliest one before all of them.

    It lends its look to pages of provinces where none governs.
    """
    dated = [(entry.since, edition) for edition in editions().values() for entry in edition.in_force]
    dated.sort(key=lambda pair: pair[0])
    past = [edition for since, edition in dated if since <= at]
    return past[-1] if past else dated[0][1]


def edition_to_show(province: str | None, *, at: datetime, pinned: str | None = None) -> Edition:
    """The edition that lends a page its look and words, also where none governs; ``None`` is the national portal."""
    governing = edition_in_force(province, at=at, pinned=pinned) if province else None
    return governing or (editions()[pinned] if pinned else latest_edition(at=at))
