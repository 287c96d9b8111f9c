"""Where forms are, and what is written into them: with sense, or something odd."""

import re
from dataclasses import asdict

from hypothesis import strategies as st

from portal.portals import captcha
from tests import world
from tests.entering import right
from tests.fuzz import odd
from tests.fuzz.fuzzed import PROVINCE, Fuzzed
from tests.fuzz.site_forms import Field, Form
from tests.routes import NATIONAL_PAGES, PROVINCE_PAGES
from tests.visitors import NATIONAL
from verification.models import Challenge

HOME = f"http://{NATIONAL}"
_HOSTS = (
    (HOME, NATIONAL_PAGES),
    (f"{HOME}/p/{PROVINCE}", PROVINCE_PAGES),
    (f"http://{PROVINCE}cainfo.{NATIONAL}", PROVINCE_PAGES),
)
#: The pages that have no parameters, on every host, and those that need a query to show their form, or one that what
#: is written into blanks fits.
BEGINNINGS = [
    # Before anybody leaves: where time stands still, no draft that is kept afterwards is younger than that.
    f"{HOME}/provider/new/?province={PROVINCE}&kind=first_filing",
    *(f"{host}/{route}" for host, routes in _HOSTS for route in routes if "<" not in route),
    f"{HOME}/phone/?q=139",
]


#: Every address that the site has, with something for its parameters: often the id of a row.
_routes = st.sampled_from([f"{host}/{route}" for host, routes in _HOSTS for route in routes])
_named = st.integers(1, 60).map(str) | odd.texts.map(odd.quoted)
addresses = st.tuples(_routes, st.lists(_named, min_size=3, max_size=3)).map(
    lambda drawn: re.sub(r"<[^>]+>", lambda found: drawn[1][found.start() % 3], drawn[0])
)


def sensible(field: Field, there: Fuzzed) -> str:
    """What somebody would type, or choose, who wants to get on."""
    if not field.is_typed:
        return next(filter(None, field.choices), "")
    challenge = Challenge.objects.filter(sandbox=there.sandbox, state="open").order_by("id").first()
    site = world.site(61, 61)
    return {
        **{name: str(value) for name, value in {**asdict(site.person), **asdict(site)}.items()},
        **(right(challenge) if challenge else {}),
        "join_code": there.sandbox.join_code,
        "recovery_code": there.recovery_code,
        "url": "https://example.com/hook",
        "q": "example.com",
    }.get(field.name.rpartition(".")[2], "甲")


def typed(form: Form, there: Fuzzed) -> list[tuple[str, str]]:
    """The form as it is shown, with something in each empty field, all boxes ticked, and a captcha that is solved."""
    token = captcha.issue()
    solved = {"captcha_0": token.text, "captcha_1": token.answer}
    return [(field.name, solved.get(field.name) or field.value or sensible(field, there)) for field in form.fields]


@st.composite
def filled(draw: st.DrawFn, form: Form, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What is sent of a form: as somebody would who wants to get on, or with something odd in one field, or in all."""
    choices = {field.name: field.choices for field in form.fields if field.choices}
    places = range(len(pairs))
    odd_places = draw(st.sampled_from(["none", "none", "one", "one", "all"]))
    chosen = {"none": [], "one": [draw(st.sampled_from(places))] if pairs else [], "all": places}[odd_places]
    for place in chosen:
        name, _ = pairs[place]
        values = st.sampled_from(choices[name]) | odd.texts if name in choices else odd.texts
        pairs[place] = (name, draw(values))
    if chosen and draw(st.booleans()):  # a field too many, one twice, or one too few
        pairs.append((draw(odd.texts | st.just(pairs[0][0])), draw(odd.texts)))
        del pairs[draw(st.sampled_from(places))]
    return pairs
