"""Forms and addresses of the site, filled in with anything, by everybody who may come, in any order."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests import world
from tests.fuzz import odd, running, site_forms
from tests.fuzz.filling import addresses, filled, typed
from tests.fuzz.fuzzed import PEOPLE, Fuzzed
from tests.fuzz.site_forms import Form
from tests.fuzz.visitor import Sent, Visitor, read
from tests.fuzz.walking import Walk
from tests.fuzz.watch import Watch
from verification.models import Sandbox
from verification.time import clock

numbers = st.integers(0, 9999)  # each picks one of however many there are


class Visitors(running.Machine):
    """People who go about on the site, each in a browser, and send what they like."""

    there: ClassVar[Fuzzed]
    #: Where each form is: who finds it, and at what address.
    places: ClassVar[Mapping[str, Sequence[tuple[str, str]]]]
    #: How often each form was sent.
    sent: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.visitors = {name: Visitor(self.there.people.get(name), self.watch) for name in PEOPLE}
        self.sent_before: list[Sent] = []

    @rule(name=st.sampled_from(PEOPLE), number=numbers)
    def follow(self, name: str, number: int) -> None:
        """Follow a link of the page that is open."""
        visitor = self.visitors[name]
        if links := visitor.shown.links:
            with self.step():
                visitor.open(links[number % len(links)])

    @rule(which=numbers, number=numbers, button=numbers, data=st.data())
    def send(self, which: int, number: int, button: int, data: st.DataObject) -> None:
        """Open a page that had a form when all were looked at, and send it if it is still there."""
        mark = list(self.places)[which % len(self.places)]
        name, address = self.places[mark][number % len(self.places[mark])]
        visitor = self.visitors[name]
        with self.step():
            visitor.open(address)
        self.send_one_of(visitor, [form for form in visitor.shown.forms if form.mark == mark], 0, button, data)

    @rule(name=st.sampled_from(PEOPLE), which=numbers, button=numbers, data=st.data())
    def go_on(self, name: str, which: int, button: int, data: st.DataObject) -> None:
        """Send a form of the page that is open, such as the answer to another."""
        visitor = self.visitors[name]
        self.send_one_of(visitor, visitor.shown.forms, which, button, data)

    def send_one_of(
        self, visitor: Visitor, forms: Sequence[Form], which: int, button: int, data: st.DataObject
    ) -> None:
        forms = [form for form in forms if form.buttons]
        if not forms:
            return
        form = forms[which % len(forms)]
        pairs = data.draw(filled(form, typed(form, self.there)))
        sent = visitor.press(form, form.buttons[button % len(form.buttons)], pairs)
        self.sent[form.mark] += 1
        self.sent_before.append(sent)
        note(f"{form.mark}: {sent}")
        headers = data.draw(odd.headers) if data.draw(st.booleans()) else {}
        with self.step():
            visitor.send(sent, headers)

    @rule(name=st.sampled_from(PEOPLE), number=numbers)
    def send_again(self, name: str, number: int) -> None:
        """Send what was sent before, by whomever: a second time, from an old page, from another sandbox."""
        if self.sent_before:
            with self.step():
                self.visitors[name].send(self.sent_before[number % len(self.sent_before)])

    @rule(
        name=st.sampled_from(PEOPLE),
        method=st.sampled_from(odd.METHODS),
        address=addresses,
        query=st.lists(st.tuples(odd.texts, odd.texts), max_size=2),
        body=st.sampled_from(sorted(odd.BODIES)),
        how=st.fixed_dictionaries({"content_type": st.sampled_from(odd.CONTENT_TYPES), "headers": odd.headers}),
    )
    def request_oddly(
        self, name: str, method: str, address: str, query: list[tuple[str, str]], body: str, how: dict[str, Any]
    ) -> None:
        """Ask for anything, anyhow."""
        sent = Sent(method, f"{address}?{odd.encoded(query)}", odd.BODIES[body])
        with self.step():
            read(self.visitors[name].request(sent, **how), address)

    @rule(minutes=st.sampled_from([1, 5, 60, 1440, 5000]))
    def let_time_pass(self, minutes: int) -> None:
        for sandbox in Sandbox.objects.filter(closed_at=None):
            clock.move_to(sandbox, clock.now(sandbox) + timedelta(minutes=minutes), by=world.TRAINER)

    @rule()
    def run_jobs(self) -> None:
        with self.step():
            self.watch.run_jobs()


def places_of_forms(there: Fuzzed) -> dict[str, list[tuple[str, str]]]:
    """Who finds each form that a page shows without being sent one, and at what address."""
    watch, found = Watch(), defaultdict[str, list[tuple[str, str]]](list)
    for name in PEOPLE:
        for shown in Walk(Visitor(there.people.get(name), watch), pages_of_a_kind=1).pages():
            for form in shown.forms:
                found[form.mark].append((name, shown.address))
    return found


def test_forms_take_whatever_is_sent(there: Fuzzed, record_property: Callable[[str, object], None]) -> None:
    Visitors.there, Visitors.places, Visitors.sent = there, places_of_forms(there), Counter()
    running.run(Visitors, examples=10, steps=40)
    running.record(record_property, Visitors, forms=f"{len(Visitors.sent)} of {len(site_forms.all_forms())}")
