"""Limits, with the figures that people are told: in the sentences of refusals, and in the guide for programs."""

from datetime import timedelta

import pytest
from pytest_django import Settings
from time_machine import TimeMachineFixture

from tests import world
from tests.receiver import Receiver
from verification.acting import decisions, filings
from verification.models import Filing, Provider, Sandbox, WebhookAttempt, WebhookDelivery
from verification.outside import keys, posting, webhooks
from verification.refusals import Refused
from verification.time import clock, limits
from verification.time.clock import real_now
from verification.worlds import sandboxes

HOOK = "https://example.com/hook"
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def real_time(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """Real time stands still until it is moved."""
    time_machine.move_to(world.moment("2026-01-05 10:00"), tick=False)
    return time_machine


def told(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.sentence


# ── Keys and addresses ───────────────────────────────────────────────────────


def test_provider_has_twenty_live_keys(provider: Provider) -> None:
    for _ in range(20):
        keys.make_key(provider, maker=None, may_move_clock=False)
    with pytest.raises(Refused) as refused:
        keys.make_key(provider, maker=None, may_move_clock=False)
    assert told(refused) == "最多同时有 20 个有效的密钥，请先吊销不用的。"


def test_key_is_known_by_its_first_twelve_characters_and_a_name_of_sixty(provider: Provider) -> None:
    made = keys.make_key(provider, maker=None, name=" " + "长" * 61, may_move_clock=False)
    assert (made.key.prefix, made.key.name) == (made.secret[:12], "长" * 60)


def test_provider_has_five_live_addresses(provider: Provider) -> None:
    for _ in range(5):
        webhooks.add_endpoint(provider, HOOK)
    with pytest.raises(Refused) as refused:
        webhooks.add_endpoint(provider, HOOK)
    assert told(refused) == "最多登记 5 个接收地址，请先删除不用的。"


def test_address_is_five_hundred_characters_long_at_most_and_has_a_real_port(provider: Provider) -> None:
    longest = HOOK + "x" * (500 - len(HOOK))
    assert len(webhooks.add_endpoint(provider, longest).url) == 500
    assert webhooks.add_endpoint(provider, "https://example.com:65535/").url == "https://example.com:65535/"
    for wrong, sentence in ((longest + "x", "最长 500 个字符"), ("https://example.com:65536/", "端口")):
        with pytest.raises(Refused, match=sentence):
            webhooks.add_endpoint(provider, wrong)


# ── Webhooks ─────────────────────────────────────────────────────────────────


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """No receiver answers, and the error is long."""

    def post(url: str, **_: object) -> posting.Answer:
        raise posting.Unreachable("没" * 400)

    monkeypatch.setattr(webhooks, "post", post)


def test_webhook_is_tried_again_after_the_pauses_of_the_guide(
    provider: Provider, unreachable: None, real_time: TimeMachineFixture
) -> None:
    webhooks.add_endpoint(provider, HOOK)
    world.submit(provider)
    delivery, pauses = WebhookDelivery.objects.order_by("id")[0], []
    while True:
        webhooks.deliver_due()
        delivery.refresh_from_db()
        if delivery.state != "pending":
            break
        pauses.append(delivery.due_at - real_now())
        real_time.move_to(delivery.due_at, tick=False)
    seconds, minutes, hours = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours"))
    assert pauses == [5 * seconds, 30 * seconds, 2 * minutes, 10 * minutes, 1 * hours, 3 * hours, 6 * hours]
    assert (delivery.state, delivery.tries.count()) == ("given_up", 8)


def test_error_of_an_attempt_is_cut_to_what_the_table_holds(provider: Provider, unreachable: None) -> None:
    webhooks.add_endpoint(provider, HOOK)
    world.submit(provider)
    webhooks.deliver_due()
    assert WebhookAttempt.objects.get().error == "没" * 300


def test_receiver_has_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(host: str) -> list[str]:
        raise TimeoutError

    monkeypatch.setattr(posting, "addresses_of", slow)
    with pytest.raises(posting.Unreachable, match=r"^10 秒内没有收到完整的回答$"):
        posting.post(HOOK, headers={}, body=b"{}")


def test_two_thousand_bytes_of_an_answer_are_kept(settings: Settings) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with Receiver(lambda _: (200, {}, b"x" * 5000)) as receiver:
        answer = posting.post(receiver.url, headers={}, body=b"{}")
    assert answer.body == "x" * 2000


# ── The bureau ───────────────────────────────────────────────────────────────


def test_hundred_filings_are_decided_at_once(provider: Provider) -> None:
    filing = world.submit(provider)
    assert len(decisions.approve_many([filing] * 100, by=world.OFFICER)) == 100
    with pytest.raises(Refused) as refused:
        decisions.approve_many([filing] * 101, by=world.OFFICER)
    assert told(refused) == "一次最多处理 100 份备案申请，请分批勾选。"


@pytest.mark.rule("D-06")
def test_reason_is_five_hundred_characters_long_at_most() -> None:
    assert filings.checked_reason(" " + "长" * 500) == "长" * 500
    with pytest.raises(Refused) as refused:
        filings.checked_reason("长" * 501)
    assert told(refused) == "驳回原因最多 500 个字，请缩短。"


# ── Sandboxes and their clocks ───────────────────────────────────────────────


def test_names_of_sandbox_and_people_are_cut(db: None) -> None:
    started = sandboxes.start(scenario="2017-gs", shared=True, name="长" * 61, participant_name="久" * 31)
    joined = sandboxes.join(join_code=started.sandbox.join_code, name="远" * 31)
    assert (started.sandbox.name, started.participant.name, joined.name) == ("长" * 60, "久" * 30, "远" * 30)


def test_sandbox_begins_between_2010_and_the_end_of_all_clocks(db: None) -> None:
    def begin(at: str) -> str:
        try:
            return world.shown(sandboxes.start(scenario="today", starts_at=world.moment(at)).sandbox.starts_at)
        except Refused as refused:
            return refused.code

    assert [begin(at) for at in ("2009-12-31 23:59:59.999999", "2010-01-01 00:00")] == ["too_early", "2010-01-01 00:00"]
    assert begin("2100-01-01 00:00") == "too_late"


def test_clock_moves_up_to_the_beginning_of_2100(sandbox: Sandbox) -> None:
    end = world.moment("2100-01-01 00:00")
    with pytest.raises(Refused, match="演练时间最晚到 2100 年初"):
        clock.move_to(sandbox, end + MICROSECOND, by=world.TRAINER)
    clock.move_to(sandbox, end, by=world.TRAINER)
    assert clock.now(sandbox) == end


def test_sandbox_is_deleted_when_nobody_has_used_it_for_thirty_days(db: None, real_time: TimeMachineFixture) -> None:
    world.new_sandbox()
    real_time.shift(timedelta(days=30))
    assert sandboxes.delete_unused() == 0
    real_time.shift(MICROSECOND)
    assert sandboxes.delete_unused() == 1


def test_use_is_noted_when_more_than_an_hour_has_passed(sandbox: Sandbox, real_time: TimeMachineFixture) -> None:
    Sandbox.objects.update(last_used_at=real_now())
    sandbox.refresh_from_db()
    first = sandbox.last_used_at
    noted = []
    for step in (timedelta(hours=1), MICROSECOND):
        real_time.shift(step)
        sandboxes.note_use(sandbox)
        sandbox.refresh_from_db()
        noted.append(sandbox.last_used_at - first)
    assert noted == [timedelta(), timedelta(hours=1) + MICROSECOND]


def test_server_that_remembers_is_asked_once_a_second(real_time: TimeMachineFixture) -> None:
    assert limits.server_remembers() is True
    known = []
    for step in (timedelta(seconds=1) - MICROSECOND, MICROSECOND, -timedelta(seconds=2)):
        real_time.shift(step)
        known.append(limits._Server.was_there_just_now())
    assert known == [True, False, False]  # the last: the clock was set back


def test_filing_has_a_number_of_its_day_and_six_digits(provider: Provider) -> None:
    numbers = {world.submit(provider, world.first_filing(n, n, domain=n)).number for n in range(1, 6)}
    assert len(numbers) == 5
    assert all(len(number) == 14 and number.startswith("20171220") and number.isdigit() for number in numbers)
    assert Filing.objects.count() == 5
