"""Who learns: a name for themselves, and a link and a code by which another browser is the same person."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.shared.lesson import trainees as cookie
from portal.shared.visit.limits import TRAINEE_CODES, when_again
from portal.shared.visit.opened import sent_from_anywhere
from portal.shared.visit.personal import CodeField, personal_page
from training import trainees, tries
from training.judging import GOAL
from training.models import CODE_LENGTH, Trainee


class NameForm(forms.Form):
    """What one calls oneself, on one's own pages."""

    name = forms.CharField(
        label="称呼",
        required=False,
        max_length=30,
        help_text="可以不填。只有您自己看得到，会印在成绩单上。",
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )


class CodeForm(forms.Form):
    """The code that stands on the page of another device."""

    code = CodeField(
        label="代码",
        max_length=40,
        help_text="10 位字母和数字，大小写和空格都不要紧。",
        error_messages={"required": "请输入代码，它写在另一台设备的“我的身份”页上。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> Trainee:
        """Whose code it is."""
        code: str = self.cleaned_data["code"]
        if len(code) != CODE_LENGTH:
            raise forms.ValidationError(f"代码有 {CODE_LENGTH} 位，您填了 {len(code)} 位，请核对。")
        found = trainees.of_code(code)
        if found is None:
            raise forms.ValidationError("没有这个代码，也可能它已经换过。请在另一台设备的“我的身份”页上核对。")
        return found


@require_safe
@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """Name, link and code of whoever learns in this browser; and the way for whoever comes from another device."""
    return _page(request)


def _page(request: HttpRequest, name: NameForm | None = None, code: CodeForm | None = None) -> HttpResponse:
    trainee = cookie.trainee_of(request)
    context = {
        "trainee": trainee,
        "link": request.build_absolute_uri(reverse("exercises:personal", args=[trainee.link])) if trainee else "",
        "code": f"{trainee.code[: CODE_LENGTH // 2]} {trainee.code[CODE_LENGTH // 2 :]}" if trainee else "",
        "name_form": name or NameForm(initial={"name": trainee.name} if trainee else None),
        "code_form": code or CodeForm(),
        "has_errors": bool(name and name.errors) or bool(code and code.errors),
    }
    return render(request, "exercises/me.html", context)


@require_POST
@sent_from_anywhere
def rename(request: HttpRequest) -> HttpResponse:
    """Be called so from now on."""
    trainee, form = cookie.trainee_of(request), NameForm(request.POST)
    if trainee is None:
        return redirect("exercises:me")
    if not form.is_valid():
        return _page(request, name=form)
    trainees.rename(trainee, form.cleaned_data["name"])
    messages.success(request, f"已记下：{trainee.name}。" if trainee.name else "已去掉称呼。")
    return redirect("exercises:me")


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
def revoke(request: HttpRequest) -> HttpResponse:
    """Ask, then give out a new link and a new code; this browser stays who it is, all others do not."""
    trainee = cookie.trainee_of(request)
    if trainee is None:
        return redirect("exercises:me")
    if request.method != "POST":
        return render(request, "exercises/revoke.html")
    trainees.revoke(trainee)
    messages.success(request, "已换新的链接和代码，旧的从现在起无效。")
    response = redirect("exercises:me")
    cookie.remember(response, trainee)
    return response


# ── From another device ──────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@sent_from_anywhere
def by_code(request: HttpRequest) -> HttpResponse:
    """The same as opening the link, for whoever has typed the code: the next page asks."""
    form = CodeForm(request.POST)
    if wait := TRAINEE_CODES.wait_of_address(request):
        messages.error(request, f"这个网络地址的操作次数已到上限，请{when_again(wait)}再试。")
        return redirect("exercises:me")
    if not form.is_valid():
        return _page(request, code=form)
    return redirect("exercises:personal", form.cleaned_data["code"].link)


@personal_page
def personal(request: HttpRequest, link: str) -> HttpResponse:
    """Ask, then let this browser be who learns by a personal link."""
    trainee = trainees.of_link(link)
    if trainee is None:
        return render(request, "exercises/personal_gone.html", status=HTTPStatus.GONE)
    if request.method == "POST":
        trainees.note_use(trainee)
        messages.success(request, "成绩和没做完的练习都在这里，可以接着做。")
        response = redirect("exercises:index")
        cookie.remember(response, trainee)
        return response
    here = cookie.trainee_of(request)
    results = tries.results_of(trainee)
    context = {
        "trainee": trainee,
        "done": len({this.exercise for this in results if this.end == GOAL}),
        "open": sum(this.ended_at is None for this in results),
        "is_here": here == trainee,
        "other": here if here != trainee else None,
    }
    return render(request, "exercises/personal.html", context)
