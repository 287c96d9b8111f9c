"""Where the places of exercises are: for each name of training/places.toml a page, and the part of it to look at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal.shared.visit.addresses import Address
from training.facts import number_of
from training.files import Exercise, Step
from training.models import Try
from verification.law.words import Place as PortalPlace
from verification.models import Filing, Phone


@dataclass(frozen=True)
class Pointed:
    """What a step points to, for a visitor who came under this address."""

    address: Address
    exercise: Exercise
    this: Try
    step: Step

    @property
    def filing(self) -> Filing:
        """The filing that the step is about."""
        labels = [filing.label for filing in self.exercise.opening.filings]
        rows = Filing.objects.filter(sandbox=self.this.sandbox_id)
        if self.step.filing in labels:
            return rows.get(pk=self.this.filings[labels.index(self.step.filing)])
        return rows.exclude(pk__in=self.this.filings).order_by("id")[0]

    @property
    def phone(self) -> str:
        """The page of the phone of the person whom the step is about."""
        assert self.step.person is not None, "the checker asks for a person where the place needs one"
        number = number_of(self.exercise, self.step.person)
        phone = Phone.objects.get(sandbox=self.this.sandbox_id, number=number)
        return self.address.of_nation("phone:detail", phone.pk)

    def portal(self, page: str) -> str:
        """A page of the portal at which the filing's persons verify."""
        filing = self.filing
        if filing.edition is None or filing.edition.place is not PortalPlace.NATION:
            return self.address.of_province(filing.province_law, f"province:{page}")
        return self.address.of_nation("national:home" if page == "verify" else f"national:{page}")


_PLACES: Mapping[str, Callable[[Pointed], str]] = {
    "phone": lambda at: at.phone,
    "phone.code": lambda at: f"{at.phone}#inbox",
    "phone.missing": lambda at: f"{at.phone}#missing",
    "phone.switches": lambda at: f"{at.phone}#switches",
    "verify.form": lambda at: f"{at.portal('verify')}#id_code",
    "verify.id": lambda at: f"{at.portal('verify')}#id_id_suffix",
    "verify.code": lambda at: f"{at.portal('verify')}#id_code",
    "resend.form": lambda at: f"{at.portal('resend')}#id_phone",
    "clock.jump": lambda at: f"{at.address.of_nation('clock:page')}#forward",
    "clock.strides": lambda at: f"{at.address.of_nation('clock:page')}#forward",
    "provider.list": lambda at: at.address.of_nation("provider:list"),
    "provider.new": lambda at: at.address.of_nation("provider:new"),
    "provider.filing": lambda at: f"{at.address.of_nation('provider:detail', at.filing.pk)}#status",
    "provider.resubmit": lambda at: at.address.of_nation("provider:resubmit", at.filing.pk),
    "bureau.queue": lambda at: at.address.of_nation("bureau:queue"),
}


def where(address: Address, exercise: Exercise, this: Try, step: Step) -> str:
    """The address of the place of a step, and in it the control; the provider's list where that is not there yet."""
    try:
        return _PLACES[step.place](Pointed(address, exercise, this, step))
    except (Filing.DoesNotExist, Phone.DoesNotExist, IndexError):
        return address.of_nation("provider:list")


def known() -> frozenset[str]:
    """The names that lead somewhere: all of training/places.toml."""
    return frozenset(_PLACES)
