"""Which law a portal's page stands on: the sandbox's time and pinned edition, or today's for a visitor without one."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from portal.visits import visit_of
from verification import clock
from verification.law.editions import (
    Edition,
    InForce,
    Province,
    edition_in_force,
    editions,
    latest_edition,
    provinces,
    starts_at,
)
from verification.law.words import Look


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
    def model(self) -> Edition:
        """The edition that lends its look and names to pages on which none governs."""
        return editions()[self.pinned] if self.pinned else latest_edition(at=self.at)

    @property
    def covered(self) -> frozenset[str]:
        """The codes of the provinces in which verification is in force."""
        return frozenset(province.code for province in provinces().values() if self.edition_for(province))


@dataclass(frozen=True)
class Governing:
    """What a page of one province's portal stands on."""

    province: Province
    moment: Moment
    edition: Edition | None

    @property
    def model(self) -> Edition:
        """The governing edition, or the one that lends its look and names."""
        return self.edition or self.moment.model

    @property
    def look(self) -> Look:
        """The appearance of the page."""
        return self.model.look

    @property
    def starts_at(self) -> datetime | None:
        """When verification will begin here; ``None`` where it has begun or no document says so."""
        return None if self.edition else self.moment.starts_for(self.province)

    @property
    def in_force_since(self) -> datetime | None:
        """Since when the governing edition has been in force here; ``None`` where it is pinned or none governs."""
        if self.edition is None or self.moment.pinned:
            return None
        return max(entry.since for entry in self.edition.in_force if self._concerns_us(entry))

    def _concerns_us(self, entry: InForce) -> bool:
        return self.province.code in entry.provinces and entry.since <= self.moment.at


def moment_of(request: HttpRequest) -> Moment:
    """The moment at which the visitor's sandbox is; real time without one."""
    visit = visit_of(request)
    if visit is None:
        return Moment(at=clock.real_now(), pinned=None)
    return Moment(at=visit.now, pinned=visit.sandbox.pinned_edition or None)


def governing(request: HttpRequest, province: Province) -> Governing:
    """The law for a page of this province's portal."""
    moment = moment_of(request)
    return Governing(province=province, moment=moment, edition=moment.edition_for(province))
