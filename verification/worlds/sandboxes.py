"""演练环境: start, join, give parts, close. Filling one with things to play with is in ``demo``."""

import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from verification import news
from verification.by import ITSELF, By
from verification.law.editions import Province, editions, provinces
from verification.law.identity import fold
from verification.law.times import SHANGHAI
from verification.models import (
    Attempt,
    Change,
    ClockMove,
    Ending,
    Filing,
    FilingPart,
    Participant,
    Person,
    Phone,
    Role,
    Sandbox,
    Subject,
)
from verification.models.sandbox import new_seed
from verification.outside.keys import revoke_keys_of
from verification.refusals import Refused
from verification.time import clock
from verification.worlds import browsers
from verification.worlds.bureau import AutomaticReview, columns_of
from verification.worlds.demo import fill
from verification.worlds.templates import copy_rows, template_for

#: Sandboxes that nobody has used for so long are deleted with everything in them.
UNUSED_AFTER = timedelta(days=30)
#: So many rows, with what hangs on them, are deleted in one transaction.
_PIECE = 500
#: How often the time of the last use is written down.
_USE_STEP = timedelta(hours=1)
#: Names may be so long; the rest is cut off.
_SANDBOX_NAME, _PARTICIPANT_NAME = 60, 30
_EARLIEST = datetime(2010, 1, 1, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Scenario:
    """A place and a moment to begin at; ``starts_at`` is ``None`` for today."""

    id: str
    title: str
    summary: str
    province: str
    starts_at: datetime | None


SCENARIOS = {
    scenario.id: scenario
    for scenario in (
        Scenario(
            id="2017-gs",
            title="2017 年 · 甘肃",
            summary="试点开始后的第三天：48 小时内核验，次日中午重发，身份证件输错五次即退回；注销列出而暂不验证。",
            province="gs",
            starts_at=datetime(2017, 12, 20, 9, 30, tzinfo=SHANGHAI),
        ),
        Scenario(
            id="2018-z",
            title="2018 年 · 浙江",
            summary=(
                "第一批扩大试点的开始日：24 小时内核验，短信带短链接，错三次即退回。"
                "注销网站两人中一人通过即可；变更手机号码先由管局预审。"
            ),
            province="z",
            starts_at=datetime(2018, 9, 10, 9, 30, tzinfo=SHANGHAI),
        ),
        Scenario(
            id="2020",
            title="2020 年 · 全国",
            summary=(
                "全国施行后的第三周：可在全国网站上核验并看到结果码，错五次即退回，手动重发最多两次。"
                "备案类型最多；浙江的港澳通行证填背面的号码；新增接入的短信发到备案记录中的号码。"
            ),
            province="gs",
            starts_at=datetime(2020, 9, 1, 9, 30, tzinfo=SHANGHAI),
        ),
        Scenario(
            id="today",
            title="今天",
            summary=(
                "从现在的时刻开始，按现行规则：网站、APP 和小程序都要备案，统一在全国网站核验；"
                "容许错五次，再填一次即退回，手动重发最多两次。"
            ),
            province="gs",
            starts_at=None,
        ),
    )
}


@dataclass(frozen=True)
class Started:
    """A new sandbox, its owner, and for a shared one the recovery code, which is shown once.

    ``province`` is where its first filings go.
    """

    sandbox: Sandbox
    participant: Participant
    recovery_code: str
    province: Province


@transaction.atomic
def start(
    *,
    scenario: str,
    name: str = "",
    starts_at: datetime | None = None,
    shared: bool = False,
    participant_name: str = "",
    pinned_edition: str = "",
    review: AutomaticReview | None = None,
    seed: str = "",
) -> Started:
    """Make a sandbox that begins at the scenario's moment (or ``starts_at``), filled with filings to play with.

    Its bureau decides by itself as ``review`` says, or not at all. ``seed`` (64 characters at most) is for what has to
    come out the same again, and then is no secret; blank, it is random.

    Raises :class:`Refused` for an unknown scenario or edition, or a start before 2010 or at the end of all clocks.
    """
    chosen = SCENARIOS.get(scenario)
    if chosen is None:
        raise Refused("没有这个演练场景，请从列表中选择。", code="unknown_scenario")
    _check_edition(pinned_edition)
    begins = starts_at or chosen.starts_at or clock.real_now()
    _check_begin(begins)
    recovery_code = secrets.token_hex(8) if shared else ""
    province = _province_to_fill(chosen, pinned_edition)
    title = chosen.title
    if starts_at or pinned_edition:  # then the scenario's own would say what is not so
        day = begins.astimezone(SHANGHAI)
        title = f"{day.year} 年 {day.month} 月 · {province.name}"
    is_as_it_stands = not (starts_at or pinned_edition or review or seed)
    template = _template(chosen, begins, province) if is_as_it_stands else None
    participant = open_empty(
        name=name.strip()[:_SANDBOX_NAME] or f"{title} 演练",
        begins=begins,
        participant_name=participant_name,
        columns={
            "is_shared": shared,
            "seed": seed or new_seed(),
            "recovery_hash": make_password(recovery_code) if shared else "",
            "pinned_edition": pinned_edition,
            **columns_of(review),
        },
    )
    sandbox = participant.sandbox
    # The clock stands: all of it happens at the first moment.
    if template is None:
        fill(sandbox, province)
    else:
        copy_rows(template, sandbox, later=begins - template.starts_at)
    clock.resume(sandbox, by=By.participant(participant))
    return Started(sandbox=sandbox, participant=participant, recovery_code=recovery_code, province=province)


def _check_begin(begins: datetime) -> None:
    if begins < _EARLIEST:
        raise Refused("开始时刻不能早于 2010 年，请选一个更晚的时刻。", code="too_early")
    if begins >= clock.END:
        raise Refused(f"开始时刻不能晚于 {clock.END:%Y} 年初，请选一个更早的时刻。", code="too_late")


def _template(scenario: Scenario, begins: datetime, province: Province) -> Sandbox:
    """What a scenario begins with as it stands; if it is today's, on this day."""

    def filled() -> Sandbox:
        template = open_empty(name=scenario.title, begins=begins, columns={}).sandbox
        fill(template, province)
        return template

    return template_for(f"{scenario.id} {begins.astimezone(SHANGHAI):%Y-%m-%d}", filled)


def open_empty(*, name: str, begins: datetime, participant_name: str = "", columns: Mapping[str, Any]) -> Participant:
    """Make a sandbox with nothing in it, whose clock stands at ``begins``, and return its owner.

    ``columns`` are those of the sandbox beside the usual, or in their place.
    """
    real = clock.real_now()
    usual = {
        "name": name,
        "starts_at": begins,
        "clock_at": begins,
        "clock_set_at": real,
        "clock_paused": True,
        "created_at": real,
        "last_used_at": real,
    }
    sandbox = Sandbox.objects.create(**{**usual, **columns})
    news.note_change([sandbox.pk])  # or its tag would be that of one which is no more
    return Participant.objects.create(
        sandbox=sandbox,
        name=participant_name.strip()[:_PARTICIPANT_NAME] or "建立者",
        is_owner=True,
        may_move_clock=True,
        joined_at=real,
    )


def _province_to_fill(scenario: Scenario, pinned_edition: str) -> Province:
    """The scenario's province, or the first of those that a pinned edition names if it does not name that one."""
    codes = editions()[pinned_edition].provinces.value if pinned_edition else ()
    return provinces()[scenario.province if not codes or scenario.province in codes else codes[0]]


@transaction.atomic
def pin_edition(sandbox: Sandbox, edition_id: str) -> None:
    """Let one edition replace the date from the next round on; a blank id lets the date decide again.

    Raises :class:`Refused` for an edition that does not exist.
    """
    _check_edition(edition_id)
    sandbox.pinned_edition = edition_id
    sandbox.save(update_fields=["pinned_edition"])
    news.note_change([sandbox.pk])


def _check_edition(edition_id: str) -> None:
    if edition_id and edition_id not in editions():
        raise Refused("没有这个规则版本，请从列表中选择。", code="unknown_edition")


@transaction.atomic
def set_fault(sandbox: Sandbox, on: bool) -> None:  # noqa: FBT001  # a switch has two positions
    """Let the portals find nothing and send nothing, as in a disorder of the system, or let them work again (V-19)."""
    sandbox.has_fault = on
    sandbox.save(update_fields=["has_fault"])
    news.note_change([sandbox.pk])


def _bare(code: str) -> str:
    """A code without the blanks and hyphens of its writing, in capitals."""
    return fold(code).replace("-", "")


def _open_sandbox(join_code: str) -> Sandbox:
    sandbox = Sandbox.objects.filter(join_code=_bare(join_code), is_shared=True, closed_at__isnull=True).first()
    if sandbox is None:
        raise Refused("没有找到这个加入码对应的演练，请向教员核对后重新输入。", code="unknown_join_code")
    return sandbox


@transaction.atomic
def join(*, join_code: str, name: str) -> Participant:
    """Join a shared sandbox as 办理人; its owner gives further parts. Raises :class:`Refused` for an unknown code."""
    sandbox = _open_sandbox(join_code)
    if not name.strip():
        raise Refused("请填写称呼，方便教员认出您。", code="name_required")
    news.note_change([sandbox.pk])
    return Participant.objects.create(
        sandbox=sandbox, name=name.strip()[:_PARTICIPANT_NAME], joined_at=clock.real_now()
    )


def recover(*, join_code: str, recovery_code: str) -> Participant:
    """The owner of a shared sandbox, for whoever has its recovery code, however that was typed.

    Raises :class:`Refused` if it is not good.
    """
    sandbox = _open_sandbox(join_code)
    if not check_password(_bare(recovery_code).lower(), sandbox.recovery_hash):
        raise Refused("恢复码不对，请核对后重新输入。", code="wrong_recovery_code")
    return sandbox.participants.get(is_owner=True)


@transaction.atomic
def set_roles(participant: Participant, *, roles: Collection[Role], may_move_clock: bool) -> None:
    """Decide which parts a participant plays and whether they may move the clock; their keys may no more than they."""
    for role in Role:
        setattr(participant, f"plays_{role.value}", role in roles)
    participant.may_move_clock = may_move_clock
    participant.save(update_fields=[*(f"plays_{role.value}" for role in Role), "may_move_clock"])
    news.note_change([participant.sandbox_id])


@transaction.atomic
def remove(participant: Participant, *, by: By = ITSELF) -> int:
    """Take a participant out of the sandbox and revoke their keys; returns how many of those there were.

    Raises :class:`Refused` for the owner.
    """
    if participant.is_owner:
        raise Refused("建立者不能被移出，如不再需要请关闭演练。", code="owner_stays")
    Participant.objects.select_for_update().filter(pk=participant.pk).first()  # no key is made meanwhile
    revoked = revoke_keys_of(participant)
    browsers.end_visits(Participant.objects.filter(pk=participant.pk), ending=Ending.REMOVED, by=by.name)
    participant.delete()
    news.note_change([participant.sandbox_id])
    return revoked


@transaction.atomic
def close(sandbox: Sandbox, *, by: By = ITSELF) -> None:
    """End a sandbox; its data goes with the next cleaning. Who was in it is told by whom it was closed first."""
    still_open = Sandbox.objects.filter(pk=sandbox.pk, closed_at__isnull=True)
    if still_open.update(closed_at=clock.real_now(), closed_by=by.name):
        browsers.end_visits(Participant.objects.filter(sandbox=sandbox), ending=Ending.CLOSED, by=by.name)
        news.note_change([sandbox.pk])


@transaction.atomic
def close_for_good(ids: Collection[int], *, by: By) -> None:
    """End sandboxes, of which no browser knows from then on; :func:`delete_everything_of` them follows at once."""
    Sandbox.objects.filter(pk__among=ids, closed_at=None).update(closed_at=clock.real_now(), closed_by=by.name)
    browsers.forget_for_good(Participant.objects.filter(sandbox__among=ids))
    news.note_change(ids)


@transaction.atomic
def note_told(sandbox: Sandbox) -> None:
    """Somebody has read which edition an upgrade brought; nobody is told again."""
    sandbox.untold_since = None
    sandbox.save(update_fields=["untold_since"])
    news.note_change([sandbox.pk])


def note_use(sandbox: Sandbox) -> None:
    """Write down that the sandbox is in use, at most once an hour."""
    real = clock.real_now()
    if sandbox.last_used_at < real - _USE_STEP:
        Sandbox.objects.filter(pk=sandbox.pk).update(last_used_at=real)


def delete_unused() -> int:
    """Delete closed sandboxes and those that nobody has used for a month; returns how many."""
    real = clock.real_now()
    # Closed first: nobody is to find one of which a part is deleted.
    with transaction.atomic():
        unused = Sandbox.objects.filter(closed_at=None, last_used_at__lt=real - UNUSED_AFTER)
        browsers.end_visits(Participant.objects.filter(sandbox__in=unused), ending=Ending.UNUSED)
        unused.update(closed_at=real, template_of=None)
    ids = list(Sandbox.objects.filter(closed_at__isnull=False).values_list("id", flat=True))
    for pk in ids:
        delete_everything_of(pk)
    return len(ids)


def delete_everything_of(*sandbox_ids: int) -> None:
    """Delete sandboxes with all their rows, a piece at a time: while one is deleted, others write into theirs.

    What is left when somebody writes into one at that very moment is taken by the next cleaning.
    """
    rows: list[QuerySet[Any]] = [
        Filing.objects.filter(sandbox__among=sandbox_ids),
        Subject.objects.filter(sandbox__among=sandbox_ids),
        Person.objects.filter(sandbox__among=sandbox_ids),
        Phone.objects.filter(sandbox__among=sandbox_ids),
        Attempt.objects.filter(sandbox__among=sandbox_ids),
        ClockMove.objects.filter(sandbox__among=sandbox_ids),
        Change.objects.filter(sandbox__among=sandbox_ids),
        Sandbox.objects.filter(pk__among=sandbox_ids),
    ]
    with suppress(IntegrityError):
        for kind in rows:
            while keys := list(kind.order_by("pk").values_list("pk", flat=True)[:_PIECE]):
                _delete_piece(kind.filter(pk__among=keys))


@transaction.atomic
def _delete_piece(rows: QuerySet[Any]) -> None:
    if rows.model is Filing:  # its parts protect the persons, which go later
        FilingPart.objects.filter(filing__in=rows).delete()
    rows.delete()
