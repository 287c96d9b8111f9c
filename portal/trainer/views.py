"""The trainer's console: the class at a glance, and the switches that are the trainer's alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from portal.shared.filing.review import ReviewFields, what_bureau_does
from portal.shared.filing.words import tone_of
from portal.shared.visit.doors import VisitRequest, needs_role
from verification.law.editions import editions
from verification.models import Filing, FilingState, Role, Sandbox
from verification.state import alarms
from verification.worlds import sandboxes
from verification.worlds.bureau import review_of, set_review

#: How many filings whose alarm was set aside are listed.
MOST_SET_ASIDE = 20
#: The choice that lets place and date decide.
_BY_DATE = "by-date"


@dataclass(frozen=True)
class Tally:
    """How many filings stand in a state."""

    state: FilingState
    count: int

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return tone_of(self.state)


class PinForm(forms.Form):
    """Which edition replaces the date."""

    edition = forms.ChoiceField(
        label="适用的版本",
        choices=lambda: [(_BY_DATE, "按省份和日期"), *((edition.id, edition.name) for edition in editions().values())],
        help_text="从下一次提交或重新提交起适用；已提交的申请仍按提交时的版本。固定的版本只适用于文件所列的省份。",
        error_messages={
            "required": "请选择按省份和日期，或一个规则版本。",
            "invalid_choice": "没有这个规则版本，请从列出的版本中选择。",
        },
    )

    use_required_attribute = False


@require_safe
@needs_role(Role.TRAINER)
def index(request: VisitRequest) -> HttpResponse:
    """Who takes part, where their filings stand, what is due next, what went wrong, and the switches."""
    return _page(request)


def _page(request: VisitRequest, *, pin: PinForm | None = None, review: ReviewFields | None = None) -> HttpResponse:
    """The console; one of its forms may come back with its errors."""
    visit = request.visit
    of_sandbox = review_of(visit.sandbox)
    set_aside = alarms.set_aside(visit.sandbox)
    context = {
        "visit": visit,
        "form": pin or PinForm(initial={"edition": visit.sandbox.pinned_edition or _BY_DATE}),
        "review_form": review or ReviewFields(initial=ReviewFields.initial_of(of_sandbox)),
        "has_errors": review is not None and not review.is_valid(),
        "review": what_bureau_does(of_sandbox) if of_sandbox else "",
        "pinned": editions().get(visit.sandbox.pinned_edition),
        "participants": visit.sandbox.participants.order_by("-is_owner", "id"),
        "tallies": _tallies(visit.sandbox),
        "alarm": alarms.next_alarm(visit.sandbox),
        "remaining": alarms.remaining(visit.sandbox),
        "set_aside": set_aside[:MOST_SET_ASIDE],
        "set_aside_in_all": set_aside.count(),
        "sees_filings": visit.plays(Role.BUREAU),
    }
    return render(request, "trainer/index.html", context)


def _tallies(sandbox: Sandbox) -> Sequence[Tally]:
    """Each state that a filing can rest in, also with none in it; one query."""
    counted = Filing.objects.filter(sandbox=sandbox).order_by().values_list("state").annotate(count=Count("id"))
    counts: dict[str, int] = dict(counted)
    return [Tally(state, counts.get(state, 0)) for state in FilingState if state is not FilingState.SUBMITTED]


@require_POST
@needs_role(Role.TRAINER)
def pin(request: VisitRequest) -> HttpResponse:
    """Let an edition replace the date, or the date decide again."""
    form = PinForm(request.POST)
    if not form.is_valid():
        return _page(request, pin=form)
    chosen = form.cleaned_data["edition"]
    sandboxes.pin_edition(request.visit.sandbox, "" if chosen == _BY_DATE else chosen)
    if chosen != _BY_DATE:
        messages.success(request, f"从下一次提交起适用“{editions()[chosen].name}”。")
    else:
        messages.success(request, "从下一次提交起按省份和日期适用规则版本。")
    return redirect("trainer:index")


@require_POST
@needs_role(Role.TRAINER)
def review(request: VisitRequest) -> HttpResponse:
    """Let the bureau decide by itself, or its officers again."""
    form = ReviewFields(request.POST)
    if not form.is_valid():
        return _page(request, review=form)
    chosen = form.cleaned_data["review"]
    set_review(request.visit.sandbox, chosen)
    if chosen:
        messages.success(request, f"{what_bureau_does(chosen)}已在管局等待的申请也照此办理。")
    else:
        messages.success(request, "管局不再自动审核，等待中的申请由管局人员审核。")
    return redirect("trainer:index")


@require_POST
@needs_role(Role.TRAINER)
def fault(request: VisitRequest) -> HttpResponse:
    """Bring about a disorder of the portals, or end it (V-19)."""
    is_on = request.POST.get("on") == "1"
    sandboxes.set_fault(request.visit.sandbox, is_on)
    if is_on:
        messages.warning(request, "已开始模拟系统故障：各核验页面查不到记录，也不重发短信。")
    else:
        messages.success(request, "已结束模拟系统故障，各核验页面恢复正常。")
    return redirect("trainer:index")


@require_POST
@needs_role(Role.TRAINER)
def retry(request: VisitRequest) -> HttpResponse:
    """Give what was set aside back to the jobs: the next tick, a second away, finds it due."""
    count = alarms.retry(request.visit.sandbox)
    if count:
        messages.success(request, f"{count} 份申请正在重新处理；再次出错的会重新搁置。")
    else:
        messages.info(request, "没有搁置的定时事项，无需重新处理。")
    return redirect("trainer:index")
