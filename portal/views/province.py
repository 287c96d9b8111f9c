"""The portal of one province: home, verify, send again, help, query, and what lies outside the exercise."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from portal import public_query
from portal.addresses import national_address, province_of
from portal.forms import PortalForm, ResendForm, VerifyForm
from portal.governing import Governing, governing
from portal.visits import VisitRequest, address_to_return_to, lobby_address, needs_role, visit_of
from verification import challenges
from verification.challenges import Answer
from verification.law.editions import Edition, Province
from verification.models import Role

#: Entries of the real portals' menus that are outside the exercise, by the word in their address.
OUTSIDE = {
    "find-password": "找回备案密码",
    "change-password": "修改备案密码",
    "complaint": "投诉建议",
    "policies": "政策文件",
    "downloads": "资料下载",
}
#: Who has a console of its own, by the value in the box 管理用户.
CONSOLES = {"provider": "provider:list", "bureau": "bureau:queue"}


def _province(request: HttpRequest) -> Province:
    province = province_of(request)
    if province is None:
        raise Http404("a page of a province's portal was asked for without a province")
    return province


def _page(request: HttpRequest, law: Governing, name: str, **context: object) -> HttpResponse:
    return render(request, f"province/{name}.html", {"law": law, "look": law.look, **context})


# ── Home, help, query, and the rest of the menu ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Notice:
    """A line of 通知公告: its date, its words, and the part of the help page that says more."""

    day: date
    title: str
    anchor: str


def _notices(law: Governing) -> list[Notice]:
    """What the bureau would have announced, from the law's own dates and numbers; newest first."""
    today = localdate(law.moment.at)
    if law.edition is None:
        starts = law.starts_at
        title = f"本省备案短信核验自 {localdate(starts)} 起施行" if starts else "本省暂未施行备案短信核验"
        return [Notice(today, title, "scope")]
    since = localdate(law.in_force_since) if law.in_force_since else today
    hours = law.edition.timing.window_hours.value
    return [
        Notice(since, "关于施行备案短信核验的通知", "scope"),
        Notice(since, f"验证码 {hours} 小时内有效，逾期备案申请将退回接入商", "window"),
        Notice(since, "核验短信的发送号码", "senders"),
        Notice(since, "没有收到核验短信怎么办", "missing"),
    ]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The home page, with 备案短信核验 at the lower right where verification is in force (N-02, N-04)."""
    law = governing(request, _province(request))
    return _page(request, law, "home", notices=_notices(law), outside=OUTSIDE)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How verification goes, from the edition's own data."""
    return _page(request, governing(request, _province(request)), "help")


@require_safe
def query(request: HttpRequest) -> HttpResponse:
    """公共查询 of what this bureau has accepted (D-06)."""
    law = governing(request, _province(request))
    text = request.GET.get("q", "").strip()
    visit = visit_of(request)
    found = public_query.find(visit.sandbox, text, province=law.province.code) if visit and text else []
    return _page(request, law, "query", text=text, found=found, limit=public_query.LIMIT)


@require_safe
def outside(request: HttpRequest, entry: str) -> HttpResponse:
    """Say that an entry of the menu is not part of the exercise."""
    if entry not in OUTSIDE:
        raise Http404(f"no entry {entry}")
    return _page(request, governing(request, _province(request)), "outside", entry=OUTSIDE[entry])


@require_safe
def console(request: HttpRequest) -> HttpResponse:
    """Lead from the box 管理用户 to the console that was chosen."""
    name = CONSOLES.get(request.GET.get("user", ""))
    return redirect(national_address(request, name) if name else reverse("province:home"))


# ── Verify, and send again ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class EntryPage:
    """One of the two pages with a form: its template, its form, and what the domain does with the entry."""

    name: str
    form: type[PortalForm]
    act: Callable[..., Answer]


VERIFY = EntryPage("verify", VerifyForm, challenges.check_entry)
RESEND = EntryPage("resend", ResendForm, challenges.send_again)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code", "phone", "id_suffix")
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """备案短信核验: the form; a POST is answered by its own page (V-01 …)."""
    return _entry_page(request, VERIFY)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code", "phone", "id_suffix")
@never_cache
def resend(request: HttpRequest) -> HttpResponse:
    """短信重发: the form; a POST is answered by its own page (R-01 …)."""
    return _entry_page(request, RESEND)


def _entry_page(request: HttpRequest, page: EntryPage) -> HttpResponse:
    law = governing(request, _province(request))
    if law.edition is None:
        return _page(request, law, "not_in_force")
    if request.method == "POST":
        return _answer(request, page, law, law.edition)
    return _form(request, page, law, page.form(labels=law.edition.labels))


def _form(request: HttpRequest, page: EntryPage, law: Governing, form: PortalForm) -> HttpResponse:
    lobby = lobby_address(request, return_to=address_to_return_to(request))
    return _page(request, law, page.name, form=form, lobby=lobby)


@needs_role(Role.FILER)
def _answer(request: VisitRequest, page: EntryPage, law: Governing, edition: Edition) -> HttpResponse:
    if "new_captcha" in request.POST:  # the button beside the picture, without scripts
        return _form(request, page, law, page.form(labels=edition.labels, initial=request.POST.dict()))
    form = page.form(request.POST, labels=edition.labels)
    if not form.is_valid():
        return _form(request, page, law, form)
    answer = page.act(request.visit.sandbox, province=law.province.code, **form.entry)
    return _page(request, law, "answer", answer=answer, page=page.name, is_unknown=_is_unknown(answer))


def _is_unknown(answer: Answer) -> bool:
    """Whether the answer's words say that nothing was found: by the words, since two outcomes that an edition words
    alike must not be told apart by anything on the page (V-07)."""
    words = answer.edition.answers
    return answer.text in (words.not_found.value, words.nothing_to_resend.value)


urlpatterns = [
    path("", home, name="home"),
    path("verify/", verify, name="verify"),
    path("resend/", resend, name="resend"),
    path("help/", help_page, name="help"),
    path("query/", query, name="query"),
    path("outside/<slug:entry>/", outside, name="outside"),
    path("console/", console, name="console"),
]
