"""Every form that stands in a template is found on a page, and sent as it is."""

from django.db import transaction

from tests.fuzz import site_forms
from tests.fuzz.filling import typed
from tests.fuzz.fuzzed import PEOPLE, Fuzzed
from tests.fuzz.site_forms import Button, Form
from tests.fuzz.visitor import Shown, Visitor
from tests.fuzz.walking import Walk
from tests.fuzz.watch import Watch

#: Enough to come to every form.
PAGES_OF_A_KIND = 2
#: A form, its answer's, and so on: filling in blanks, asking once more, submitting.
ANSWERS_DEEP = 4


class Presser:
    """One visitor who presses each button of each form that is met on a walk."""

    def __init__(self, visitor: Visitor, there: Fuzzed) -> None:
        self.visitor, self.there = visitor, there
        self.walk = Walk(visitor, pages_of_a_kind=PAGES_OF_A_KIND)
        self.pressed: set[tuple[str, str, str, bool]] = set()

    def go(self) -> None:
        """Walk, and press."""
        for shown in self.walk.pages():
            self.press_all(shown)

    def press_all(self, shown: Shown, depth: int = 0) -> None:
        """Press what was not pressed yet, on the answers too, and leave everything as it was."""
        for form in shown.forms:
            for button in form.buttons:
                has_blanks = any(field.is_typed and not field.value for field in form.fields)
                key = (form.mark, button.name, button.value if button.name == "action" else "", has_blanks)
                if key not in self.pressed and depth < ANSWERS_DEEP:
                    self.pressed.add(key)
                    with transaction.atomic():
                        self.press(form, button, depth)
                        transaction.set_rollback(True)
                    self.visitor.forget()

    def press(self, form: Form, button: Button, depth: int) -> None:
        sent = self.visitor.press(form, button, typed(form, self.there))
        if sent.method == "GET":
            self.walk.waiting.append(sent.address)
        else:
            self.press_all(self.visitor.send(sent), depth + 1)


def test_every_form_of_the_site_is_sent(there: Fuzzed) -> None:
    watch = Watch()
    pressed = set()
    for name in PEOPLE:
        presser = Presser(Visitor(there.people.get(name), watch), there)
        presser.go()
        pressed |= presser.pressed
    assert {mark for mark, *_ in pressed} == site_forms.all_forms()
