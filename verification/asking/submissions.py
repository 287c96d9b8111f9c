"""What a provider sends, and what each kind asks for.

The page's form and the API both build a :class:`Submission`. Where a filing stands on a record, a blank field means "as
on record"; on resubmission it means "as in the last round".
"""

from dataclasses import dataclass, field
from enum import StrEnum

from verification.law.words import Kind

# ── The words of a submission ────────────────────────────────────────────────


@dataclass(frozen=True)
class PersonData:
    """A responsible person; ``phone`` is 联系方式1, the only one that ever gets a code (W-20)."""

    name: str = ""
    id_type: str = ""
    id_number: str = ""
    phone: str = ""
    emergency_phone: str = ""
    id_back_number: str = ""  # 港澳居民来往内地通行证 only: the Hong Kong or Macau number on its back


@dataclass(frozen=True)
class SubjectData:
    """主体."""

    name: str = ""
    nature: str = ""
    person: PersonData = field(default_factory=PersonData)
    remark: str | None = None


@dataclass(frozen=True)
class PlatformData:
    """By what a platform knows an APP or a 小程序 (T-10); a 小程序 has no public key and no fingerprint."""

    platform: str = ""
    identifier: str = ""
    public_key: str = ""
    md5: str = ""


@dataclass(frozen=True)
class ServiceData:
    """A service; ``serial`` names one on record (the N behind the 备案号), ``None`` means a new one.

    A new one of a blank ``type`` is a website, which has one ``domain``. The others have ``platforms``, and ``domains``
    which may stand elsewhere.
    """

    type: str = ""
    name: str = ""
    domain: str = ""
    domains: tuple[str, ...] = ()
    platforms: tuple[PlatformData, ...] = ()
    person: PersonData = field(default_factory=PersonData)
    remark: str | None = None
    server_ip: str = ""
    serial: int | None = None


@dataclass(frozen=True)
class Submission:
    """One request of a provider."""

    kind: Kind
    province: str
    subject_number: str = ""
    subject: SubjectData | None = None
    services: tuple[ServiceData, ...] = ()
    new_province: str = ""  # 变更主体: where the 主体 moves to
    target_number: str = ""  # 网站迁移: the 主体 that takes the website


# ── What each kind asks for ──────────────────────────────────────────────────


class SubjectNeed(StrEnum):
    """What a kind asks for about the 主体."""

    NONE = "none"
    NEW = "new"
    CHANGE = "change"


class ServicesNeed(StrEnum):
    """What a kind asks for about services: new ones, changes, the access data of some, or only which ones."""

    NONE = "none"
    NEW = "new"
    CHANGE = "change"
    ACCESS = "access"
    PICK = "pick"


@dataclass(frozen=True)
class Needs:
    """Which parts a kind's form asks for."""

    subject: SubjectNeed
    services: ServicesNeed
    only: frozenset[str] = frozenset()  # where not empty: the only fields of a part and its person that count

    @property
    def subject_number(self) -> bool:
        """Whether the kind stands on a 主体 on record, named by its 备案号."""
        return self.subject is not SubjectNeed.NEW


_NEEDS = {
    Kind.FIRST_FILING: Needs(SubjectNeed.NEW, ServicesNeed.NEW),
    Kind.ADD_SERVICE: Needs(SubjectNeed.NONE, ServicesNeed.NEW),
    Kind.ADD_ACCESS: Needs(SubjectNeed.NONE, ServicesNeed.ACCESS),
    Kind.CHANGE_FILING: Needs(SubjectNeed.CHANGE, ServicesNeed.CHANGE),
    Kind.CHANGE_SUBJECT: Needs(SubjectNeed.CHANGE, ServicesNeed.NONE),
    Kind.CHANGE_WEBSITE: Needs(SubjectNeed.NONE, ServicesNeed.CHANGE),
    Kind.CHANGE_ACCESS: Needs(SubjectNeed.NONE, ServicesNeed.CHANGE, frozenset({"server_ip"})),
    Kind.CHANGE_PHONE: Needs(SubjectNeed.CHANGE, ServicesNeed.CHANGE, frozenset({"phone"})),
    Kind.MOVE_DOMAIN: Needs(SubjectNeed.NONE, ServicesNeed.CHANGE, frozenset({"domain"})),
    Kind.MOVE_WEBSITE: Needs(SubjectNeed.NONE, ServicesNeed.PICK),
    Kind.CANCEL_SUBJECT: Needs(SubjectNeed.NONE, ServicesNeed.NONE),
    Kind.CANCEL_SERVICE: Needs(SubjectNeed.NONE, ServicesNeed.PICK),
    Kind.CANCEL_ACCESS: Needs(SubjectNeed.NONE, ServicesNeed.PICK),
}


def needs(kind: Kind) -> Needs:
    """Which parts a kind asks for."""
    return _NEEDS[kind]
