"""Making a class: what it does, in which order, and from when to when; and changing those times later."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.courses import own_forms
from portal.courses.doors import at_desk
from portal.shared.clock.fields import MomentField
from portal.shared.lesson import trainees as cookie
from portal.shared.visit.limits import STARTS, when_again
from portal.shared.visit.opened import sent_from_anywhere
from training import courses, groups, hours, tries
from training.courses import MOST_TASKS
from training.files import Exercise, exercises, exercises_of
from training.models import Course, Kind, Part, Trainee
from training.words import Path, Way
from verification.refusals import Refused
from verification.time import clock
from verification.worlds.sandboxes import SCENARIOS

_FREE = (Kind.FREE, Kind.TOGETHER)


class TimesForm(forms.Form):
    """From when to when a class is held."""

    begins_at = MomentField(
        label="开始时间",
        required=False,
        help_text="北京时间。在这之前学员可以先加入，等着开始；不填就是现在。",
        error_messages={"invalid": "请按“年-月-日 时:分”填写开始时间，例如 2026-03-20 09:30。"},
    )
    ends_at = MomentField(
        label="结束时间",
        required=False,
        help_text=(
            f"北京时间。到时不能再开始新的，做到一半的可以做完；再过 {hours.KEPT_AFTER_END.days} 天班级自动删除。"
            f"不填的话，{hours.KEPT_UNUSED.days} 天没有人用就自动删除。"
        ),
        error_messages={"invalid": "请按“年-月-日 时:分”填写结束时间，例如 2026-03-20 11:30。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tomorrow = localtime(clock.real_now() + timedelta(days=1))
        for name, hour in (("begins_at", "09:30"), ("ends_at", "11:30")):
            self.fields[name].widget.attrs["placeholder"] = f"{tomorrow:%Y-%m-%d} {hour}"

    def clean_begins_at(self) -> datetime | None:
        """Not years away."""
        return self._near("begins_at")

    def clean_ends_at(self) -> datetime | None:
        """Not years away."""
        return self._near("ends_at")

    def _near(self, name: str) -> datetime | None:
        at: datetime | None = self.cleaned_data[name]
        try:
            hours.check_near(at)
        except Refused as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal
        return at

    def clean(self) -> dict[str, Any]:
        """An end comes after the beginning."""
        cleaned = super().clean() or {}
        try:
            hours.check(cleaned.get("begins_at"), cleaned.get("ends_at"))
        except Refused as refusal:
            self.add_error("ends_at", refusal.sentence)
        return cleaned


class CourseForm(TimesForm):
    """What a class is called, and what it does.

    Beside each exercise stand a number, by which it is put into order, and a way that differs from that of all.
    """

    field_order = ("name", "kind", "way", "paths", "exercises", "scenario", "parts", "begins_at", "ends_at")

    name = forms.CharField(
        label="班级名称",
        max_length=40,
        help_text="学员会看到，例如“周三下午班”。请不要写真实姓名。",
        error_messages={"required": "请给班级起个名称。", "max_length": "班级名称最多 40 个字，请缩短。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label="做什么",
        choices=Kind.choices,
        initial=Kind.ALONE.value,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "请从列出的四种里选一种。"),
    )
    way = forms.ChoiceField(
        label="怎样做",
        choices=[(way.value, way.label) for way in Way],
        initial=Way.PRACTICE.value,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "请选择练习或考核。"),
    )
    paths = forms.MultipleChoiceField(
        label="整条路径",
        choices=[(path.value, path.label) for path in Path],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "没有这条路径，请从列表中选择。"},
    )
    exercises = forms.MultipleChoiceField(
        label="做哪些练习",
        choices=[],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "没有这个练习，请从列表中选择。"},
    )
    scenario = forms.ChoiceField(
        label="从哪个情景开始",
        choices=lambda: [(scenario.id, scenario.title) for scenario in SCENARIOS.values()],
        initial="today",
        widget=forms.RadioSelect,
        error_messages={
            "required": "请选择演练的情景。",
            "invalid_choice": "没有这个情景，请从列出的情景中选择。",
        },
    )
    parts = forms.MultipleChoiceField(
        label="学员可以做什么",
        choices=Part.choices,
        initial=[Part.FILER.value, Part.PROVIDER.value],
        help_text="只用于全班在一个环境里的演练。您自己可以扮演所有身份，进去以后还能给每个人改。",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "请至少给学员一种身份，不然大家进去以后什么都做不了。",
            "invalid_choice": "没有这种身份，请从列出的身份中勾选。",
        },
    )

    def __init__(self, *args: Any, trainer: Trainee | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own_forms.offered_by(trainer)
        self.all = {**exercises(), **{exercise.name: exercise for exercise in self.own}}
        field = self.fields["exercises"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, exercise.sentences.title) for name, exercise in self.all.items()]
        if self.is_bound:
            kind = self.data.get("kind")
            self.fields["way"].required = kind not in _FREE
            self.fields["scenario"].required = kind in _FREE
            self.fields["parts"].required = kind == Kind.TOGETHER
        ways = [("", "同上"), *((way.value, way.label) for way in Way)]
        for name in self.all:
            self.fields[f"order-{name}"] = forms.IntegerField(
                label="顺序",
                required=False,
                min_value=1,
                max_value=MOST_TASKS,
                error_messages=dict.fromkeys(
                    ("invalid", "min_value", "max_value"), f"顺序请填 1 到 {MOST_TASKS} 的整数，或留空。"
                ),
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": "3"}),
            )
            self.fields[f"way-{name}"] = forms.ChoiceField(
                label="方式",
                choices=ways,
                required=False,
                error_messages={"invalid_choice": "请选择练习或考核。"},
            )

    def clean(self) -> dict[str, Any]:
        """An end is to come, and there are exercises where these are done."""
        cleaned = super().clean()
        ends_at = cleaned.get("ends_at")
        if ends_at and ends_at <= clock.real_now():
            self.add_error("ends_at", "结束时间已经过了，请填以后的时间。")
        if "kind" in cleaned and cleaned["kind"] not in _FREE:
            self._check_exercises(Kind(cleaned["kind"]), cleaned)
        return cleaned

    def _check_exercises(self, kind: Kind, cleaned: dict[str, Any]) -> None:
        if any(name in ("exercises", "paths") or name.startswith("order-") for name in self.errors):
            return  # what is chosen is not known yet
        chosen = self._chosen(cleaned)
        if not chosen:
            self.add_error("exercises", "请至少选一个练习。")
        elif kind == Kind.GROUP:
            try:
                groups.check([self.all[name] for name in chosen])
            except Refused as refusal:
                self.add_error("exercises", refusal.sentence)

    def _chosen(self, cleaned: dict[str, Any]) -> list[str]:
        """What was ticked, alone or with its path, or has a number: first by number, then as in the catalogue."""

        def number(name: str) -> int:
            return cleaned.get(f"order-{name}") or 0

        chosen = [
            name
            for name, exercise in self.all.items()
            if name in cleaned["exercises"]
            or (exercise.path in cleaned["paths"] and exercise not in self.own)
            or number(name)
        ]
        return sorted(chosen, key=lambda name: number(name) or MOST_TASKS + 1)

    def what_to_make(self) -> dict[str, Any]:
        """What :func:`courses.make` is given."""
        cleaned = self.cleaned_data
        found = {name: cleaned[name] for name in ("name", "begins_at", "ends_at")} | {"kind": Kind(cleaned["kind"])}
        if found["kind"] in _FREE:
            return found | {"scenario": cleaned["scenario"], "parts": [Part(part) for part in cleaned["parts"]]}
        ways = {name: Way(cleaned.get(f"way-{name}") or cleaned["way"]) for name in self._chosen(cleaned)}
        return found | {"tasks": list(ways.items())}

    # What the page asks

    @property
    def rows(self) -> Sequence["PathRow"]:
        """The catalogue, path by path, with the fields of each exercise; those of the trainer's own come last."""
        whole = {str(each.data["value"]): each for each in self["paths"]}
        picks = {str(each.data["value"]): each for each in self["exercises"]}
        found = [
            PathRow(path.value, path.label, self._rows(exercises_of(path), picks), whole[path.value]) for path in Path
        ]
        found.append(PathRow("own", "自己的练习", self._rows(self.own, picks)))
        return [path for path in found if path.exercises]

    def _rows(self, of_path: Sequence[Exercise], picks: Mapping[str, Any]) -> Sequence["ExerciseRow"]:
        return [
            ExerciseRow(exercise, picks[exercise.name], self[f"order-{exercise.name}"], self[f"way-{exercise.name}"])
            for exercise in of_path
        ]

    def __iter__(self) -> Iterator[BoundField]:
        """The fields in the order of the page, for the list of errors."""
        return (self[name] for name in self.fields)


@dataclass(frozen=True)
class PathRow:
    """A path with its exercises, and the tick that chooses all of it; none for the trainer's own."""

    value: str
    label: str
    exercises: Sequence["ExerciseRow"]
    tick: Any = None


@dataclass(frozen=True)
class ExerciseRow:
    """An exercise in the form: its tick, its number, its way."""

    exercise: Exercise
    tick: Any
    order: BoundField
    way: BoundField

    @property
    def parts(self) -> str:
        """What a group has to do in it; blank where it is for one person."""
        parts = groups.parts_of(self.exercise)
        return "、".join(part.label for part in parts) if len(parts) > 1 else ""


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Make a class."""
    if settings.CLASSES_NEED_ACCOUNT and not (request.user.is_authenticated and request.user.is_staff):
        return render(request, "courses/needs_account.html", status=HTTPStatus.FORBIDDEN)
    form = CourseForm(request.POST if request.method == "POST" else None, trainer=cookie.trainee_of(request))
    if form.is_bound and form.is_valid():
        if wait := STARTS.wait_of_address(request):
            form.add_error(None, f"这个网络地址的操作次数已到上限，请{when_again(wait)}再试。")
        elif response := _made(request, form):
            return response
    return render(request, "courses/new.html", {"form": form})


def _made(request: HttpRequest, form: CourseForm) -> HttpResponse | None:
    try:
        with transaction.atomic():  # who is refused leaves no trainee behind
            trainer = cookie.trainee_of(request) or tries.new_trainee()
            course = courses.make(trainer, **form.what_to_make())
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return None
    response = redirect("courses:desk", course.code)
    cookie.remember(response, trainer)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
@at_desk
def times(request: HttpRequest, course: Course) -> HttpResponse:
    """Change from when to when the class is held."""
    initial = {"begins_at": course.begins_at, "ends_at": course.ends_at}
    form = TimesForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        hours.set_times(course, **form.cleaned_data)
        messages.success(request, "已更改班级的时间。")
        return redirect("courses:desk", course.code)
    return render(request, "courses/times.html", {"course": course, "form": form, "now": clock.real_now()})
