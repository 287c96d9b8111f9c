"""Where the places of exercises are: for each name of training/places.toml a page, and the control on it.

The control carries ``data-guide="NAME"`` in its template, and the id with which the address ends.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlencode

from portal.shared.visit.addresses import Address
from training.facts import Facts, number_of
from training.files import Exercise, Step, places
from training.words import OWN, Decide, Enter, Move, Resend, Resubmit, Submit, Withdraw
from verification.law.words import Place as PortalPlace
from verification.models import Filing, Phone, Subject


class Played(Protocol):
    """What has a sandbox, and the filings of an opening in it: a try, or what the machine shows."""

    @property
    def sandbox_id(self) -> int | None:
        """Where it is."""

    @property
    def filings(self) -> Any:
        """The ids of the opening's filings, in the order of its file."""


@dataclass(frozen=True)
class Pointed:
    """What a step points to, for a visitor who came under this address; ``facts`` where they have been read already."""

    address: Address
    exercise: Exercise
    this: Played
    step: Step
    facts: Facts | None = None

    @cached_property
    def filing(self) -> Filing:
        """The filing that the step is about."""
        label = self.step.filing or getattr(self.step.act, "filing", None)
        labels = [filing.label for filing in self.exercise.opening.filings]
        if self.facts is not None:
            if (known := self.facts.filings.get(label if label in labels else OWN)) is None:
                raise Filing.DoesNotExist
            return known
        rows = Filing.objects.filter(sandbox=self.this.sandbox_id)
        if label in labels:
            return rows.get(pk=self.this.filings[labels.index(label)])
        return rows.exclude(pk__in=self.this.filings).order_by("id")[0]

    @cached_property
    def phone(self) -> str:
        """The page of the phone of the person whom the step is about."""
        label = self.step.person or getattr(self.step.act, "person", None)
        assert label is not None, "the checker asks for a person where the place needs one"
        number = number_of(self.exercise, label)
        phone = self._known_phone(number) or Phone.objects.get(sandbox=self.this.sandbox_id, number=number)
        return self.address.of_nation("phone:detail", phone.pk)

    def _known_phone(self, number: str) -> Phone | None:
        rounds = self.facts.challenges.values() if self.facts else ()
        return next((each.phone for round_ in rounds for each in round_ if each.phone.number == number), None)

    @property
    def form(self) -> str:
        """The form of what the step submits; the kinds to choose from where it submits nothing."""
        address = self.address.of_nation("provider:new")
        if not isinstance(self.step.act, Submit):
            return address
        opening = self.exercise.opening
        spec = opening.submissions[self.step.act.submission]
        query = {"province": opening.province, "kind": spec.kind.value}
        for record in opening.records:
            if record.label == spec.record:
                query["subject_number"] = Subject.objects.get(sandbox=self.this.sandbox_id, name=record.name).number
        return f"{address}?{urlencode(query)}"

    @property
    def papers(self) -> str:
        """The page of the papers, or of those of the filing that the step is about."""
        address = self.address.of_nation("exercises:papers")
        return f"{address}?filing={self.filing.pk}" if self.step.filing else address

    def portal(self, page: str) -> str:
        """A page of the portal at which the filing's persons verify."""
        filing = self.filing
        if filing.edition is None or filing.edition.place is not PortalPlace.NATION:
            return self.address.of_province(filing.province_law, f"province:{page}")
        return self.address.of_nation("national:home" if page == "verify" else f"national:{page}")

    def of_filing(self, page: str) -> str:
        """A page of the filing."""
        return self.address.of_nation(page, self.filing.pk)

    @property
    def decision(self) -> str:
        """The page that asks once more before the step's decision; the filing's own for a step that decides nothing."""
        act = self.step.act
        return self.of_filing(f"bureau:{act.decision}" if isinstance(act, Decide) else "bureau:detail")


_PLACES: Mapping[str, Callable[[Pointed], str]] = {
    "phone": lambda at: f"{at.phone}#handset",
    "phone.other": lambda at: f"{at.phone}#handset",
    "phone.code": lambda at: f"{at.phone}#inbox",
    "phone.missing": lambda at: f"{at.phone}#phone-missing",
    "phone.switches": lambda at: f"{at.phone}#phone-switches",
    "verify.form": lambda at: f"{at.portal('verify')}#entries",
    "verify.id": lambda at: f"{at.portal('verify')}#id_id_suffix",
    "verify.code": lambda at: f"{at.portal('verify')}#id_code",
    "resend.form": lambda at: f"{at.portal('resend')}#entries",
    "clock.jump": lambda at: f"{at.address.of_nation('clock:page')}#clock-jump",
    "clock.strides": lambda at: f"{at.address.of_nation('clock:page')}#strides",
    "clock.confirm": lambda at: f"{at.address.of_nation('clock:preview')}#clock-confirm",
    "provider.list": lambda at: f"{at.address.of_nation('provider:list')}#filings",
    "provider.new": lambda at: f"{at.address.of_nation('provider:new')}#submitting",
    "provider.form": lambda at: f"{at.form}#submitting",
    "provider.filing": lambda at: f"{at.of_filing('provider:detail')}#filing-rounds",
    "provider.status": lambda at: f"{at.of_filing('provider:detail')}#filing-status",
    "provider.resubmit": lambda at: f"{at.of_filing('provider:resubmit')}#submitting",
    "provider.withdraw": lambda at: f"{at.of_filing('provider:withdraw')}#withdraw",
    "bureau.queue": lambda at: f"{at.address.of_nation('bureau:queue')}#filings",
    "bureau.filing": lambda at: f"{at.of_filing('bureau:detail')}#filing-review",
    "bureau.accept": lambda at: f"{at.of_filing('bureau:accept')}#decide",
    "bureau.decide": lambda at: f"{at.decision}#decide",
    "papers": lambda at: f"{at.papers}#papers",
}


def known() -> frozenset[str]:
    """The names that lead somewhere: all of training/places.toml."""
    return frozenset(_PLACES)


def where(address: Address, exercise: Exercise, this: Played, step: Step, facts: Facts | None = None) -> str:
    """The address of the place of a step, and in it the control; the provider's list where that is not there yet."""
    return _address_of(step.place, Pointed(address, exercise, this, step, facts)) or address.of_nation("provider:list")


def _address_of(name: str, pointed: Pointed) -> str:
    """The address of a place; empty where what it is about is not there yet."""
    try:
        return _PLACES[name](pointed)
    except (Filing.DoesNotExist, Phone.DoesNotExist, IndexError):
        return ""


def phone_of(pointed: Pointed) -> str:
    """Where one reads what a step has one enter; empty for a step that has nothing entered."""
    return _address_of("phone.code", pointed) if isinstance(pointed.step.act, Enter | Resend) else ""


# ── The way of an act ────────────────────────────────────────────────────────

#: By which places an act goes, beside that of its step.
_LEADS: Mapping[type, tuple[str, ...]] = {
    Enter: ("phone.code", "verify.form"),
    Move: ("clock.confirm",),
    Submit: ("provider.form",),
    Resubmit: ("provider.status", "provider.resubmit"),
    Withdraw: ("provider.status", "provider.withdraw"),
    Decide: ("bureau.queue", "bureau.filing", "bureau.decide"),
}


@dataclass(frozen=True)
class Stop:
    """A place on the way of a step: its page, as it is reached from the visitor's, and the id of the control."""

    name: str
    page: str
    anchor: str

    @property
    def address(self) -> str:
        """The page, and in it the control."""
        return f"{self.page}#{self.anchor}" if self.anchor else self.page

    @property
    def label(self) -> str:
        """What the place is called."""
        return places()[self.name].label


def way_of(pointed: Pointed) -> tuple[Stop, ...]:
    """The place of a step, and those by which its act goes as well, one a page; empty where nothing is there yet."""
    step = pointed.step
    found: dict[str, Stop] = {}
    leads = _LEADS.get(type(step.act), ())
    if step.place == "papers":  # which filing it is, they tell
        leads = tuple(name for name in leads if name != "bureau.queue")
    for name in (step.place, *leads):
        page, _, anchor = _address_of(name, pointed).partition("#")
        if page:
            found.setdefault(page, Stop(name, page, anchor))
    return tuple(found.values())
