"""Which law a portal's page stands on: the sandbox's time and pinned edition, or today's for a visitor without one."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property

from django.utils.timezone import localdate

from portal.portals.looks import LAYOUTS, Layout
from portal.shared.visit.visits import Visit
from verification.law.editions import (
    Edition,
    InForce,
    PermitSide,
    Province,
    edition_in_force,
    edition_of_portal,
    edition_to_show,
    editions,
    provinces,
    starts_at,
)
from verification.law.words import Look, Place
from verification.time import clock


@dataclass(frozen=True)
class Tile:
    """A province in the choice: whether verification is in force there, or since when it will be."""

    province: Province
    is_covered: bool
    starts_at: datetime | None


@dataclass(frozen=True)
class Moment:
    """The time that a page shows, and the edition that replaces the date where a sandbox pins one."""

    at: datetime
    pinned: str | None

    def edition_for(self, province: Province) -> Edition | None:
        """The edition that governs the province; ``None`` where verification is not in force."""
        return edition_in_force(province.code, at=self.at, pinned=self.pinned)

    def starts_for(self, province: Province) -> datetime | None:
        """When verification will begin in the province; ``None`` where no document says so (N-04)."""
        return None if self.pinned else starts_at(province.code, after=self.at)

    @property
    def day(self) -> date:
        """The day in Shanghai."""
        return localdate(self.at)

    @property
    def era(self) -> int:
        """How many editions have begun somewhere: while this stays, the law stays."""
        return bisect_right(_starts(), self.at)

    @cached_property
    def choice(self) -> Sequence[Tile]:
        """The provinces to choose from (N-01)."""
        return [
            Tile(province, self.edition_for(province) is not None, self.starts_for(province))
            for province in provinces().values()
        ]

    @property
    def covered(self) -> Sequence[Tile]:
        """The provinces in which verification is in force."""
        return [tile for tile in self.choice if tile.is_covered]

    @property
    def is_anywhere(self) -> bool:
        """Whether verification is in force in any province."""
        return bool(self.covered)

    @property
    def is_everywhere(self) -> bool:
        """Whether verification is in force in all provinces."""
        return len(self.covered) == len(self.choice)


@cache
def _starts() -> Sequence[datetime]:
    return sorted(entry.since for edition in editions().values() for entry in edition.in_force)


@dataclass(frozen=True)
class PermitNumber:
    """Which number of the 港澳居民来往内地通行证 is typed, and where that holds; ``where`` is blank for everywhere."""

    is_on_back: bool
    where: str = ""


@dataclass(frozen=True)
class Governing:
    """What a portal's page stands on; ``province`` is ``None`` on the national portal.

    ``edition`` is the one in force here; ``None`` where none is in force in the province (N-04), and on the national
    portal as long as it only leads to those of the provinces (N-03).
    """

    moment: Moment
    province: Province | None
    edition: Edition | None

    @property
    def grounds(self) -> tuple[str, str, int]:
        """What everything here follows from: where, by which pinned edition, and in which era."""
        return (self.province.code if self.province else "", self.moment.pinned or "", self.moment.era)

    @property
    def model(self) -> Edition:
        """The governing edition, or the one that lends its look and names."""
        code = self.province.code if self.province else None
        return edition_to_show(code, at=self.moment.at, pinned=self.moment.pinned)

    @property
    def verifies_here(self) -> bool:
        """Whether one verifies on this portal: not on a province's where the national one alone does (T-09)."""
        return self.edition is not None and not (self.province and self.edition.place is Place.NATION)

    @property
    def verifies_nationally(self) -> bool:
        """Whether one verifies on the national portal in this time, for every province (N-03)."""
        return self.model.place is not Place.PROVINCE

    @property
    def look(self) -> Look:
        """The appearance of the page."""
        return self.model.look

    @property
    def layout(self) -> Layout:
        """What the look arranges in its own way."""
        return LAYOUTS[self.look]

    @property
    def site_name(self) -> str:
        """What the portal calls itself."""
        return self.province.bureau_name if self.province else self.layout.national_name

    @property
    def starts_at(self) -> datetime | None:
        """When verification will begin here; ``None`` where it has begun or no document says so."""
        return None if self.edition or not self.province else self.moment.starts_for(self.province)

    @property
    def in_force_since(self) -> datetime | None:
        """Since when the governing edition has been in force here; ``None`` where it is pinned or none governs."""
        if self.edition is None or self.moment.pinned:
            return None
        return max(entry.since for entry in self.edition.in_force if self._concerns_us(entry))

    def _concerns_us(self, entry: InForce) -> bool:
        is_here = self.province is None or self.province.code in entry.provinces
        return is_here and entry.since <= self.moment.at

    @property
    def permit_numbers(self) -> Sequence[PermitNumber]:
        """Which number of the permit for people from 香港 and 澳门 counts on this portal (I-02, I-03)."""
        law = self.model.identity
        if self.province:
            return [PermitNumber(law.permit_side(self.province.code) is PermitSide.BACK)]
        usual = law.hk_macau_permit_side.value is PermitSide.BACK
        if law.hk_macau_permit_back_in is None:
            return [PermitNumber(usual)]
        exceptions = [provinces()[code].full_name for code in law.hk_macau_permit_back_in.value]
        return [PermitNumber(usual, where="其他省份"), PermitNumber(is_on_back=True, where="、".join(exceptions))]

    @property
    def bases(self) -> Sequence[Edition]:
        """The editions that have come into force up to now, newest first; the pinned one alone where one is."""
        if self.moment.pinned:
            return [editions()[self.moment.pinned]]
        known = [e for e in editions().values() if any(entry.since <= self.moment.at for entry in e.in_force)]
        return list(reversed(known))


def moment_of(visit: Visit | None) -> Moment:
    """The moment at which the visitor's sandbox is; real time without one."""
    if visit is None:
        return Moment(at=clock.real_now(), pinned=None)
    return Moment(at=visit.now, pinned=visit.sandbox.pinned_edition or None)


def governing(province: Province | None, visit: Visit | None) -> Governing:
    """The law for a page of the province's portal, or of the national one, as the visitor sees it."""
    moment = moment_of(visit)
    edition = moment.edition_for(province) if province else edition_of_portal(None, at=moment.at, pinned=moment.pinned)
    return Governing(moment, province, edition)
