"""“Show me”: what to look at on the page that is open, or else where to go from it.

The server says what, on every page anew, so that it goes on across pages and hosts; the page's script (guide.js) draws
it. Without scripts it is a link to the control, which the style sheet paints as the page's target.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urljoin

from django.http import HttpRequest
from django.urls import reverse

from portal.shared.lesson.places import Stop
from portal.shared.visit.addresses import address_of
from portal.shared.visit.ways import SAFE_METHODS

#: The part of the query in which the bar's script says on which page it stands.
AT = "at"
#: The parts of a portal that answer a form under the form's own address.
_ANSWERED = {"verify", "resend"}
#: What to do at a place by which the act of a step goes on its way; at the step's own place, its sentences say it.
_ON_THE_WAY = {
    "phone.code": "先记下短信里的验证码，还有旁边写着的证件号码后六位，再点短信下面的“去核验”。",
    "verify.form": "在这里填好验证码、手机号码、证件号码后六位和图形验证码，再提交。",
    "clock.confirm": "看看这段时间里会发生什么，再点“拨到这个时刻”。",
    "provider.new": "在这里选办理事项。",
    "provider.form": "照材料填好，点“下一步”，再看一遍，然后提交管局。",
    "provider.status": "要做的事在这里，点相应的按钮。",
    "provider.resubmit": "核对一遍，再提交管局。",
    "provider.withdraw": "想好了就点“撤回”。",
    "bureau.queue": "在列表里点这份申请的编号。",
    "bureau.filing": "看完申请，再点要作的决定。",
    "bureau.decide": "再看一遍，然后确认。",
}


@dataclass(frozen=True)
class Guide:
    """What “show me” points to from a page: the control of a place, which ``is_here``, or the way to its page.

    ``says`` what to do there where that is not the step's own place.
    """

    stop: Stop
    is_here: bool
    address: str
    says: str = ""


def guide_of(request: HttpRequest, way: tuple[Stop, ...]) -> Guide | None:
    """What to point to from the page of a request, or from that which its bar's script names; ``None`` for no way."""
    here, asked = _page_of(request)
    for stop in way:
        page, _, query = urljoin(here, stop.page).partition("?")
        if page == here and set(parse_qsl(query)) <= asked:
            says = "" if stop is way[0] else _ON_THE_WAY[stop.name]
            return Guide(stop, is_here=True, address=_on_its_page(stop, request), says=says)
    return Guide(way[0], is_here=False, address=way[0].address) if way else None


def _on_its_page(stop: Stop, request: HttpRequest) -> str:
    """To the control alone, so that nothing typed is lost; from an answer, on which there is none, to a fresh form."""
    is_answer = request.method not in SAFE_METHODS and stop.name.partition(".")[0] in _ANSWERED
    return f"{stop.page}?#{stop.anchor}" if is_answer else f"#{stop.anchor}"


def _page_of(request: HttpRequest) -> tuple[str, set[tuple[str, str]]]:
    """The absolute address of the page, and what its query asks; of the two with the national form, the first."""
    named = request.GET.get(AT, "")
    whole = named if named.startswith("/") and not named.startswith("//") else request.get_full_path()
    path, _, query = whole.partition("?")
    if address_of(request).province is None and path == reverse("national:verify"):
        path = reverse("national:home")
    return request.build_absolute_uri(path), set(parse_qsl(query))
