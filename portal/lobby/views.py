"""The lobby: start a sandbox with one click, join or recover one, leave it."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from portal.lobby.forms import JoinForm, RecoverForm, StartForm
from portal.lobby.places import place_rows
from portal.shared.page import live
from portal.shared.visit import entering
from portal.shared.visit.doors import VisitRequest, needs_sandbox
from portal.shared.visit.limits import JOINS, RECOVERIES, STARTS, when_again
from portal.shared.visit.opened import sent_from_anywhere
from portal.shared.visit.parts import part_links
from portal.shared.visit.visits import visit_of
from portal.shared.visit.ways import next_address
from verification.law.editions import edition_in_force, editions, starts_at
from verification.models import Participant
from verification.refusals import Refused
from verification.state import alarms
from verification.worlds import browsers, sandboxes


@dataclass
class Forms:
    """The forms of the lobby's page, one of which may come back with its errors."""

    start: StartForm = field(default_factory=StartForm)
    join: JoinForm = field(default_factory=JoinForm)
    recover: RecoverForm = field(default_factory=RecoverForm)

    @property
    def has_errors(self) -> bool:
        """Whether the page's title must say so."""
        return any(form.is_bound and form.errors for form in (self.start, self.join, self.recover))


def _page(request: HttpRequest, forms: Forms) -> HttpResponse:
    visit, rows = visit_of(request), place_rows(request)
    context = {
        "forms": forms,
        "has_errors": forms.has_errors,
        "scenarios": sandboxes.SCENARIOS.values(),
        "visit": visit,
        "pinned": editions().get(visit.sandbox.pinned_edition) if visit else None,
        "parts": part_links(request, visit) if visit else (),
        "here": next((row for row in rows if row.is_here), None),
        "others": [row for row in rows if not row.is_here],
        "next": next_address(request),
    }
    return render(request, "lobby/index.html", context)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show where the visitor is, and every way in; it follows the parts that they are given, and their removal."""
    visit = visit_of(request)
    if visit is not None:
        return live.follows(request, visit.sandbox, lambda: _page(request, Forms()))
    if live.HEADER in request.headers:  # the page of somebody who was there until now
        return redirect("lobby:index")
    return _page(request, Forms())


@require_POST
@sent_from_anywhere
def start(request: HttpRequest) -> HttpResponse:
    """Make a sandbox and take the visitor to where they wanted to go."""
    form = StartForm(request.POST)
    if not form.is_valid():
        return _page(request, Forms(start=form))
    if wait := STARTS.wait_of_address(request):
        form.add_error(None, _too_often(wait))
        return _page(request, Forms(start=form))
    try:
        started = sandboxes.start(**form.cleaned_data)
    except Refused as refusal:
        form.add_error("starts_at", refusal.sentence)
        return _page(request, Forms(start=form))
    messages.success(request, f"演练环境“{started.sandbox.name}”已就绪。{_first(started)}")
    if not_yet := _not_yet(started):
        messages.warning(request, not_yet)
    if started.recovery_code:
        # In a message, since those are shown once: the sandbox keeps the code's digest only.
        messages.warning(
            request,
            f"恢复码：{started.recovery_code}。它只显示这一次，请现在记下：换一台设备或浏览器时，凭加入码和恢复码可以回到这里。",
        )
        return _enter(request, started.participant, default="lobby:participants")
    return _enter(request, started.participant)


@require_POST
@sent_from_anywhere
def join(request: HttpRequest) -> HttpResponse:
    """Take the visitor into the sandbox of somebody else."""
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _page(request, Forms(join=form))
    if wait := JOINS.wait_of_address(request):
        form.add_error(None, _too_often(wait))
        return _page(request, Forms(join=form))
    again = browsers.find_again(entering.settled_browser(request), **form.cleaned_data)
    if again:
        visit = visit_of(request)
        is_here = visit is not None and visit.participant == again
        messages.info(request, "您已经在这个演练环境中。" if is_here else f"欢迎回到演练环境“{again.sandbox.name}”。")
        return _enter(request, again)
    try:
        participant = sandboxes.join(**form.cleaned_data)
    except Refused as refusal:
        form.add_error("join_code", refusal.sentence)
        return _page(request, Forms(join=form))
    messages.success(request, f"您已加入演练环境“{participant.sandbox.name}”。")
    return _enter(request, participant)


@require_POST
@sent_from_anywhere
@sensitive_post_parameters("recovery_code")
def recover(request: HttpRequest) -> HttpResponse:
    """Let the owner back in, from whatever browser."""
    form = RecoverForm(request.POST)
    if not form.is_valid():
        return _page(request, Forms(recover=form))
    if wait := RECOVERIES.wait_of_address(request):
        form.add_error(None, _too_often(wait))
        return _page(request, Forms(recover=form))
    try:
        participant = sandboxes.recover(**form.cleaned_data)
    except Refused as refusal:
        form.add_error("recovery_code", refusal.sentence)
        return _page(request, Forms(recover=form))
    messages.success(request, f"欢迎回到演练环境“{participant.sandbox.name}”。")
    return _enter(request, participant, default="lobby:participants")


@require_POST
@needs_sandbox
def leave(request: VisitRequest) -> HttpResponse:
    """Let the visitor go, on every host; this browser can go back until it is cleared."""
    messages.success(
        request,
        f"您已离开演练环境“{request.visit.sandbox.name}”，可以在“我的演练环境”中回到那里。"
        "如果别人也用这台电脑，请再点“从这台电脑上清除”。",
    )
    response = redirect("lobby:index")
    entering.leave(request, response)
    return response


@require_POST
@needs_sandbox
def told(request: VisitRequest) -> HttpResponse:
    """The visitor has read which edition an upgrade has brought."""
    sandboxes.note_told(request.visit.sandbox)
    return redirect(next_address(request) or "lobby:index")


def _first(started: sandboxes.Started) -> str:
    """What comes first in a new sandbox, and that nobody needs to wait for it."""
    filing = alarms.next_alarm(started.sandbox)
    if filing is None or filing.alarm_at is None:
        return ""
    when = f"{localtime(filing.alarm_at):%Y-%m-%d %H:%M}"
    return f"{when} {filing.get_alarm_kind_display()}，不想等可以在“手机”页跳到那个时刻。"


def _not_yet(started: sandboxes.Started) -> str:
    """What to say of a start at a moment when no message will come, since no verification is in force (N-04)."""
    sandbox, province = started.sandbox, started.province
    if edition_in_force(province.code, at=sandbox.starts_at, pinned=sandbox.pinned_edition or None):
        return ""
    none_yet = f"{province.full_name}这时还没有施行短信核验，备案申请直接进入管局审核，不会有短信。"
    begins = starts_at(province.code, after=sandbox.starts_at)
    if begins is None:
        return none_yet
    since = f"{localtime(begins):%Y-%m-%d %H:%M}"
    return format_html(
        '{}自 {} 起施行：要练习核验，请<a href="{}">把时钟拨到那一天</a>，或另建一个从那时开始的演练环境。',
        none_yet,
        since,
        f"{reverse('clock:preview')}?{urlencode({'to': since})}",
    )


def _too_often(wait: int) -> str:
    return f"这个网络地址的操作次数已到上限，请{when_again(wait)}再试。"


def _enter(request: HttpRequest, participant: Participant, *, default: str = "lobby:index") -> HttpResponse:
    response = redirect(next_address(request) or default)
    entering.become(request, response, participant)
    return response
