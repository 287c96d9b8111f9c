"""A lively world for property tests: random filings, and random acts of their people."""

from dataclasses import dataclass

from hypothesis import strategies as st

from tests import world
from verification.acting import filings, phones
from verification.by import By
from verification.models import Challenge, ChallengeState, Filing
from verification.refusals import Refused
from verification.time import clock
from verification.worlds.bureau import AutomaticReview, columns_of

BEGIN = "2017-12-18 08:00"  # an hour before the pilot begins
PEOPLE = (1, 2)
#: What people do, as methods of the world below; what moves filings on stands more often.
WHAT = (
    *("verify", "verify", "wrong_id", "wrong_id_five_times") * 2,
    *("withdraw", "resubmit", "accept", "reject", "send_again"),
    *("signal_off", "signal_on", "filter_on", "other_handset"),
)


@dataclass(frozen=True)
class Planned:
    """A first filing, submitted so many minutes after the beginning."""

    minute: int
    subject: int
    services: tuple[int, ...]


@dataclass(frozen=True)
class Act:
    """What a person does about a filing, so many minutes after it was submitted."""

    filing: int
    after: int
    what: str
    person: int


planned = st.builds(
    Planned,
    minute=st.sampled_from([0, 59, 60]) | st.integers(60, 2000),
    subject=st.sampled_from(PEOPLE),
    services=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2).map(tuple),
)
three_planned = st.tuples(planned, planned, planned)
acts = st.builds(
    Act,
    filing=st.integers(0, 2),
    # by preference around the first sending and the deadline
    after=st.sampled_from([0, 4, 5, 6, 2884, 2885, 2886]) | st.integers(5, 3000),
    what=st.sampled_from(WHAT),
    person=st.sampled_from(PEOPLE),
)


#: Whether the bureau decides by itself, and which it refuses.
reviews = st.sampled_from([None, AutomaticReview(1), AutomaticReview(2, 2, "材料不全")])


class LivelyWorld:
    """A sandbox in which filings are submitted, and acts are done and answered.

    Filings have numbers by their place, since a bureau that decides by itself goes by them.
    """

    def __init__(self, at: str = BEGIN, *, is_paused: bool, review: AutomaticReview | None = None) -> None:
        self.sandbox = world.new_sandbox(at, clock_paused=is_paused, **columns_of(review))
        self.begin = self.sandbox.starts_at
        self.provider = world.new_provider(self.sandbox)
        self.filings: dict[int, Filing] = {}
        self.answers: list[str] = []

    @property
    def minute(self) -> int:
        """The whole minutes since the beginning, on the sandbox's clock."""
        return int((clock.now(self.sandbox) - self.begin).total_seconds()) // 60

    def submit(self, place: int, plan: Planned) -> None:
        """Submit a planned filing."""
        submission = world.first_filing(plan.subject, *plan.services, domain=1 + 10 * place)
        self.filings[place] = world.submit(self.provider, submission)
        Filing.objects.filter(pk=self.filings[place].pk).update(number=f"20171218{place:06d}")

    def act(self, act: Act) -> None:
        """Do what somebody does, and keep the answer."""
        filing = Filing.objects.get(pk=self.filings[act.filing].pk)
        try:
            self.answers.append(str(getattr(self, act.what)(filing, act.person)))
        except Refused as refusal:
            self.answers.append(refusal.code)

    def _has_code(self, filing: Filing, person: int) -> bool:
        """Whether the person has a code in the present round; one that is due arrives when its phone is looked at."""
        mine = Challenge.objects.filter(filing=filing, round=filing.round, phone__number=world.person(person).phone)
        if mine.filter(state=ChallengeState.WAITING).exists():
            self._switch(person)
        return mine.exclude(code="").exists()

    def verify(self, filing: Filing, person: int) -> str:
        return world.verify(filing, person).outcome if self._has_code(filing, person) else "no code"

    def wrong_id(self, filing: Filing, person: int) -> str:
        if not self._has_code(filing, person):
            return "no code"
        return world.verify(filing, person, id_suffix=world.WRONG_ID).outcome

    def wrong_id_five_times(self, filing: Filing, person: int) -> list[str]:
        return [self.wrong_id(filing, person) for _ in range(5)]

    def send_again(self, filing: Filing, person: int) -> str:
        return world.send_again(filing, person).outcome

    def withdraw(self, filing: Filing, person: int) -> None:
        filings.withdraw(filing, by=world.PROVIDER)

    def resubmit(self, filing: Filing, person: int) -> None:
        filings.resubmit(filing, None, by=world.PROVIDER)

    def accept(self, filing: Filing, person: int) -> None:
        filings.accept(filing, by=By.machine("管局"))

    def reject(self, filing: Filing, person: int) -> None:
        filings.reject(filing, by=By.machine("管局"), reason="材料不全")

    def _switch(self, person: int, **switches: bool) -> None:
        phone = self.sandbox.phones.filter(number=world.person(person).phone).first()
        if phone is not None:
            phones.switch(phone, **switches, by=world.FILER)

    def signal_off(self, filing: Filing, person: int) -> None:
        self._switch(person, has_signal=False)

    def signal_on(self, filing: Filing, person: int) -> None:
        self._switch(person, has_signal=True)

    def filter_on(self, filing: Filing, person: int) -> None:
        self._switch(person, has_spam_filter=True)

    def other_handset(self, filing: Filing, person: int) -> None:
        self._switch(person, in_other_handset=True)
