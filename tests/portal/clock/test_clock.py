"""The clock page: who may use it, preview before move, the jump, progress, speed."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from portal.shared.clock.strides import next_noon
from tests import world
from tests.visitors import browser_of
from tests.world import TRAINER
from verification.law.times import SHANGHAI
from verification.models import AlarmKind, ClockMove, Filing, FilingState, Participant, Phone, Sandbox
from verification.state import alarms
from verification.time import clock
from verification.worlds import sandboxes
from verification.worlds.bureau import AutomaticReview, set_review

pytestmark = pytest.mark.django_db

MORNING = datetime(2017, 12, 20, 9, 30, tzinfo=SHANGHAI)


@pytest.fixture
def sandbox() -> Sandbox:
    """The scenario of 2017, its clock standing still at half past nine; three filings wait for their messages."""
    with time_machine.travel(0, tick=False):
        sandbox = sandboxes.start(scenario="2017-gs", shared=True, participant_name="李老师").sandbox
        clock.pause(sandbox, by=TRAINER)
    return sandbox


@pytest.fixture
def owner(sandbox: Sandbox) -> Client:
    """The browser of who made the sandbox."""
    return browser_of(sandbox.participants.get(is_owner=True))


@pytest.fixture
def pupil(sandbox: Sandbox) -> Client:
    """The browser of somebody who may not move the clock."""
    return browser_of(sandboxes.join(join_code=sandbox.join_code, name="小王"))


def text_of(page: bytes) -> str:
    """A page's text without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())


def now(sandbox: Sandbox) -> datetime:
    """The sandbox's time as the database has it."""
    return clock.now(Sandbox.objects.get(pk=sandbox.pk))


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_page_shows_time_start_and_next_moment(owner: Client, sandbox: Sandbox) -> None:
    text = text_of(owner.get("/clock/").content)
    filing = alarms.next_alarm(sandbox)
    assert filing is not None
    assert "2017-12-20 09:30:00 已暂停" in text
    assert "开始时刻 2017-12-20 09:30" in text
    assert f"2017-12-20 09:35:00 下发验证码 （申请 {filing.number}）" in text.replace("  ", " ")


def test_banner_has_the_time_for_the_script_and_for_the_reader(owner: Client) -> None:
    page = owner.get("/clock/").content.decode()
    at = int(MORNING.timestamp())
    assert f'data-clock data-at="{at}" data-speed="0">2017-12-20 09:30:00</time>' in page


def test_who_may_not_move_the_clock_sees_it_only(pupil: Client, sandbox: Sandbox) -> None:
    page = pupil.get("/clock/").content.decode()
    assert "您可以看时钟；调整时钟请联系演练环境的建立者。" in page
    assert "向前拨" not in page
    for address in ("/clock/move/", "/clock/jump/", "/clock/set/"):
        response = pupil.post(address, {"by": "1d", "action": "resume"})
        assert response.status_code == 403
    assert pupil.get("/clock/preview/?by=1d").status_code == 403
    assert now(sandbox) == MORNING


# ── Forward ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("by", "target"),
    [
        ("5m", MORNING + timedelta(minutes=5)),
        ("1h", MORNING + timedelta(hours=1)),
        ("noon", MORNING.replace(hour=12, minute=0)),
        ("1d", MORNING + timedelta(days=1)),
        ("3d", MORNING + timedelta(days=3)),
    ],
)
def test_each_stride_is_previewed_first(owner: Client, sandbox: Sandbox, by: str, target: datetime) -> None:
    page = owner.get("/clock/preview/", {"by": by}).content.decode()
    assert [
        datetime.fromisoformat(to).replace(tzinfo=SHANGHAI) for to in re.findall('name="to" value="(.*?)"', page)
    ] == [target]
    assert now(sandbox) == MORNING


@pytest.mark.parametrize(
    ("moment", "noon"),
    [
        (datetime(2017, 12, 20, 11, 59, 59, tzinfo=SHANGHAI), datetime(2017, 12, 20, 12, tzinfo=SHANGHAI)),
        (datetime(2017, 12, 20, 12, 0, tzinfo=SHANGHAI), datetime(2017, 12, 21, 12, tzinfo=SHANGHAI)),
        (datetime(2017, 12, 31, 23, 0, tzinfo=SHANGHAI), datetime(2018, 1, 1, 12, tzinfo=SHANGHAI)),
    ],
)
def test_next_noon(moment: datetime, noon: datetime) -> None:
    assert next_noon(moment) == noon


def test_preview_lists_what_would_happen_in_order(owner: Client) -> None:
    """Three filings: each is sent, repeated at the next noon, and returned after 48 hours."""
    text = text_of(owner.get("/clock/preview/", {"by": "3d"}).content)
    assert "会发生以下 9 件事" in text
    steps = re.findall(r"(2017-12-\d\d \d\d:\d\d):\d\d (下发验证码|中午重发|时限到期退回)", text)
    assert steps == (
        [("2017-12-20 09:35", "下发验证码")] * 3
        + [("2017-12-21 12:00", "中午重发")] * 3
        + [("2017-12-22 09:35", "时限到期退回")] * 3
    )


@pytest.mark.rule("C-10")
def test_preview_says_whom_each_step_concerns_and_what_becomes_of_messages(owner: Client, sandbox: Sandbox) -> None:
    filing = Filing.objects.filter(sandbox=sandbox).order_by("id")[0]  # of 演甲 and 演乙
    Filing.objects.filter(sandbox=sandbox).exclude(pk=filing.pk).delete()
    Phone.objects.filter(sandbox=sandbox, number="13900000001").update(has_signal=False)
    Phone.objects.filter(sandbox=sandbox, number="18600000002").update(has_spam_filter=True)
    text = text_of(owner.get("/clock/preview/", {"by": "3d"}).content)
    held, swallowed = "演甲 139****0001 ：手机无信号，短信等信号恢复", "演乙 186****0002 ：被垃圾短信拦截"
    assert text.count(f"{held} {swallowed}") == 2  # the first sending, and noon
    assert text.count("演甲 139****0001 ：仍未核验，申请退回 演乙 186****0002 ：仍未核验，申请退回") == 1


@pytest.mark.parametrize(
    ("review", "outcome"),
    [(AutomaticReview(1), "审核通过"), (AutomaticReview(1, 1, "材料不全"), "驳回：材料不全")],
)
def test_preview_says_how_a_bureau_will_decide_by_itself(
    owner: Client, sandbox: Sandbox, review: AutomaticReview, outcome: str
) -> None:
    Filing.objects.filter(sandbox=sandbox).delete()
    set_review(sandbox, review)
    provider = sandbox.providers.order_by("id")[0]
    world.submit_for_review(provider, 8)
    text = text_of(owner.get("/clock/preview/", {"by": "1d"}).content)
    assert f"{provider.name} {outcome} 拨到这个时刻" in text


def test_preview_of_nothing_says_so(owner: Client) -> None:
    assert "不会发生任何事。" in text_of(owner.get("/clock/preview/", {"to": "2017-12-20T09:31"}).content)


def test_move_goes_to_the_previewed_moment(owner: Client, sandbox: Sandbox) -> None:
    target = MORNING + timedelta(hours=1)
    response = owner.post("/clock/move/", {"to": target.isoformat()})
    assert response["Location"] == "/clock/"
    assert now(sandbox) == target
    move = ClockMove.objects.get(sandbox=sandbox)
    assert (move.from_at, move.to_at, move.due_total, move.moved_by) == (MORNING, target, 3, "李老师")
    # Whose messages were sent has not expired.
    assert "2017-12-20 10:30:00 下发验证码 3 份申请 · 李老师" in text_of(owner.get("/clock/").content)
    alarms.run_due(Sandbox.objects.get(pk=sandbox.pk))
    for days, what in ((1, "没有事项到期"), (3, "中午重发 3 份申请，时限到期退回 3 份申请")):
        owner.post("/clock/move/", {"to": (MORNING + timedelta(days=days)).isoformat()})
        assert f"{what} · 李老师" in text_of(owner.get("/clock/").content)
    ClockMove.objects.update(sends=0, noons=0, deadlines=0)  # as they were kept once
    assert "3 份申请有事项到期 · 李老师" in text_of(owner.get("/clock/").content)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"to": "2017-12-20T09:29"}, "时钟只能向前拨，请填写晚于当前演练时间的时刻。"),
        ({"to": "明天"}, "请按“年-月-日 时:分”填写要拨到的时刻，例如 2017-12-21 12:00。"),
        ({}, "请选择一个按钮，或填写要拨到的时刻。"),
    ],
)
def test_refusals_stand_beside_the_field(owner: Client, sandbox: Sandbox, data: dict[str, str], sentence: str) -> None:
    for response in (owner.get("/clock/preview/", data), owner.post("/clock/move/", data)):
        page = response.content.decode()
        assert f'<div class="field__error" id="id_to_error"><p>{sentence}</p></div>' in page
        assert "<title>错误：演练时钟" in page
    assert now(sandbox) == MORNING


def test_progress_follows_the_job(owner: Client, sandbox: Sandbox) -> None:
    owner.post("/clock/move/", {"to": (MORNING + timedelta(hours=1)).isoformat()})
    page = owner.get("/clock/").content.decode()
    assert '<progress class="progress" max="100" value="0"' in page
    assert "正在处理到期事项：0 / 3 份申请" in page
    assert "刷新进度" in page
    alarms.run_due(Sandbox.objects.get(pk=sandbox.pk))
    assert "<progress" not in owner.get("/clock/").content.decode()


# ── The jump ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_jumps_reach_sending_noon_and_deadline_one_click_each(owner: Client, sandbox: Sandbox) -> None:
    Filing.objects.filter(sandbox=sandbox).exclude(pk=alarms.next_alarm(sandbox).pk).delete()  # type: ignore[union-attr]
    reached = []
    for _ in (AlarmKind.SEND, AlarmKind.NOON, AlarmKind.DEADLINE):
        assert owner.post("/clock/jump/", {"next": "/phone/"})["Location"] == "/phone/"
        reached.append(now(sandbox))
        alarms.run_due(Sandbox.objects.get(pk=sandbox.pk))
    assert reached == [
        datetime(2017, 12, 20, 9, 35, tzinfo=SHANGHAI),
        datetime(2017, 12, 21, 12, 0, tzinfo=SHANGHAI),
        datetime(2017, 12, 22, 9, 35, tzinfo=SHANGHAI),
    ]
    assert Filing.objects.get(sandbox=sandbox).state == FilingState.RETURNED


def test_jump_twice_in_a_row_moves_once(owner: Client, sandbox: Sandbox) -> None:
    owner.post("/clock/jump/")
    response = owner.post("/clock/jump/", follow=True)
    assert "到期事项正在处理，请稍候再看。" in response.content.decode()
    assert now(sandbox) == MORNING + timedelta(minutes=5)


def test_jump_with_nothing_ahead_says_so(owner: Client, sandbox: Sandbox) -> None:
    Filing.objects.filter(sandbox=sandbox).delete()
    response = owner.post("/clock/jump/", follow=True)
    assert "目前没有等待发生的事项，时钟没有变化。" in response.content.decode()


def test_jump_never_leads_off_the_site(owner: Client) -> None:
    assert owner.post("/clock/jump/", {"next": "https://evil.example/"})["Location"] == "/clock/"


# ── Speed and pause ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_pause_resume_and_speed(owner: Client, sandbox: Sandbox) -> None:
    owner.post("/clock/set/", {"action": "resume"})
    owner.post("/clock/set/", {"action": "speed", "speed": "600"})
    sandbox.refresh_from_db()
    assert (sandbox.clock_paused, sandbox.clock_speed) == (False, 600)
    owner.post("/clock/set/", {"action": "pause"})
    sandbox.refresh_from_db()
    assert sandbox.clock_paused is True


@pytest.mark.parametrize("speed", ["7", "-1", "", "viel", "٣", "9" * 5000])
def test_unknown_speed_is_refused(owner: Client, sandbox: Sandbox, speed: str) -> None:
    response = owner.post("/clock/set/", {"action": "speed", "speed": speed}, follow=True)
    assert "没有这个速度，请从列出的速度中选择。" in response.content.decode()
    sandbox.refresh_from_db()
    assert sandbox.clock_speed == 1


def test_clock_of_another_sandbox_stays(owner: Client, sandbox: Sandbox) -> None:
    other = sandboxes.start(scenario="2017-gs")
    browser_of(other.participant).post("/clock/move/", {"by": "3d"})
    assert Participant.objects.filter(sandbox=sandbox).exists()
    assert now(sandbox) == MORNING


# ── A bureau that decides by itself ──────────────────────────────────────────────────────────────────────────────────


def test_decisions_are_previewed_counted_and_reached_by_a_jump(owner: Client, sandbox: Sandbox) -> None:
    Filing.objects.filter(sandbox=sandbox).delete()
    set_review(sandbox, AutomaticReview(1))
    filing = world.submit_for_review(sandbox.providers.order_by("id")[0], 8)
    text = text_of(owner.get("/clock/preview/", {"by": "3d"}).content)
    assert "会发生以下 1 件事" in text
    assert f"2017-12-21 09:30:00 管局自动审核 {filing.number}" in text
    assert f"下一个时刻 2017-12-21 09:30:00 管局自动审核 （申请 {filing.number}）" in text_of(
        owner.get("/clock/").content
    )
    text = text_of(owner.post("/clock/jump/", follow=True).content)
    assert f"到了“管局自动审核”的时刻（申请 {filing.number}）。" in text
    assert "管局自动审核 1 份申请 · 李老师" in text
    alarms.run_due(Sandbox.objects.get(pk=sandbox.pk))
    assert world.standing(filing)[0] == FilingState.ACCEPTED
