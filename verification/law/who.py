"""Who must be verified: edition × kind × what changes → phones, each once, with the roles that it holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from verification.law.editions import Edition
from verification.law.words import Kind, Mode, Part, Situation


@dataclass(frozen=True)
class Touched:
    """What a request changes. ``services`` counts the services touched; remarks alone touch no part (W-08)."""

    subject: bool = False
    services: int = 0
    access: bool = False
    province: bool = False


@dataclass(frozen=True)
class Responsible:
    """A responsible person of one part that the request adds or changes, with 联系方式1 as ``phone``."""

    part: Part
    name: str
    phone: str
    id_type: str
    id_suffix: str
    filed: str  # the name of the 主体 or 网站 that the person answers for


@dataclass(frozen=True)
class Target:
    """One phone to verify: one code, one result, one or more roles (W-17)."""

    phone: str
    roles: tuple[Responsible, ...]

    @property
    def main(self) -> Responsible:
        """The role whose wording the message uses: 主体负责人 before 网站负责人."""
        return min(self.roles, key=lambda role: role.part is not Part.SUBJECT)


@dataclass(frozen=True)
class Verification:
    """What a request needs: ``targets`` is empty where nobody is verified. ``rule`` tells why."""

    mode: Mode
    targets: tuple[Target, ...]
    rule: str


def situation_of(kind: Kind, touched: Touched) -> Situation:
    """Which situation of its kind a request is."""
    if kind is Kind.CHANGE_SUBJECT:
        return Situation.OTHER_PROVINCE if touched.province else Situation.SAME_PROVINCE
    if kind is not Kind.CHANGE_FILING:
        return Situation.ALWAYS
    if touched.subject and touched.services:
        return Situation.SUBJECT_AND_SERVICES
    if touched.subject:
        return Situation.SUBJECT_ONLY
    if touched.services:
        return Situation.SERVICES_ONLY
    return Situation.ACCESS_ONLY if touched.access else Situation.REMARK_ONLY


def who_must_be_verified(
    edition: Edition, kind: Kind, situation: Situation, persons: Sequence[Responsible]
) -> Verification:
    """The phones to verify for a request, grouped so that each distinct phone stands once (W-01…W-17).

    ``persons`` are the responsible persons of the parts that the request adds or changes, with the data that the
    request asks for (W-21, W-26). Raises ``KeyError`` for a kind or situation that the edition does not offer.
    """
    law = edition.kinds[kind].in_situation(situation)
    by_phone: dict[str, list[Responsible]] = {}
    for person in persons:
        if person.part in law.verify:
            by_phone.setdefault(person.phone, []).append(person)
    targets = tuple(Target(phone=phone, roles=tuple(roles)) for phone, roles in by_phone.items())
    return Verification(mode=law.mode, targets=targets, rule=law.rule)
