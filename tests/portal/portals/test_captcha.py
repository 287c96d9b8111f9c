import io
import wave
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from captcha.models import CaptchaStore
from django.core.cache import cache
from django.db import connection
from django.test import Client
from PIL import Image, ImageColor
from pytest_django import DjangoAssertNumQueries, Settings

from portal.portals import captcha
from portal.portals.captcha import Verdict, tokens
from portal.portals.captcha.drawing import INK, PAPER, TONES
from tests import entering, world
from tests.pages import page_of
from tests.visitors import GANSU, browser_of, owner_of
from verification.time.clock import real_now

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def wrong(token: captcha.Token) -> str:
    return f"{(int(token.answer) + 1) % 10**captcha.LENGTH:0{captcha.LENGTH}d}"


# ── The answer ───────────────────────────────────────────────────────────────


def test_right_answer_is_right_once() -> None:
    token = captcha.issue()
    assert captcha.check(token.text, token.answer) is Verdict.RIGHT
    assert captcha.check(token.text, token.answer) is Verdict.STALE


def test_full_width_digits_and_spaces_are_read() -> None:
    token = captcha.issue()
    wide = " ".join(chr(ord("０") + int(digit)) for digit in token.answer)
    assert captcha.check(token.text, wide) is Verdict.RIGHT


@pytest.mark.rule("V-12")
@pytest.mark.parametrize(("typed", "verdict"), [(wrong, Verdict.WRONG), (lambda _: " ", Verdict.MISSING)])
def test_wrong_or_missing_answer_uses_the_captcha_up(typed: Callable[[captcha.Token], str], verdict: Verdict) -> None:
    token = captcha.issue()
    assert captcha.check(token.text, typed(token)) is verdict
    assert captcha.check(token.text, token.answer) is Verdict.STALE


@pytest.mark.rule("V-12")
def test_captcha_lives_five_minutes() -> None:
    with time_machine.travel(START, tick=False) as moment:
        in_time, too_late = captcha.issue(), captcha.issue()
        moment.shift(timedelta(minutes=5) - timedelta(microseconds=1))
        assert captcha.check(in_time.text, in_time.answer) is Verdict.RIGHT
        moment.shift(timedelta(microseconds=1))
        assert captcha.check(too_late.text, too_late.answer) is Verdict.STALE


@pytest.mark.parametrize("text", ["", "nonsense", "a.1:b", "\0"])
def test_token_of_somebody_else_is_refused(text: str) -> None:
    assert captcha.read(text) is None
    assert captcha.check(text, "12345") is Verdict.STALE


def test_token_signed_by_another_key_is_refused(settings: Settings) -> None:
    token = captcha.issue()
    settings.SECRET_KEY = "another key, as long as a key should be, for this one test"
    assert captcha.check(token.text, token.answer) is Verdict.STALE


@pytest.mark.rule("V-12")
@pytest.mark.django_db(transaction=True)
def test_of_eight_at_the_same_instant_one_is_right() -> None:
    token = captcha.issue()
    gate = Barrier(8)

    def answer(_: int) -> Verdict:
        gate.wait()
        try:
            return captcha.check(token.text, token.answer)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(answer, range(8)))
    assert sorted(verdicts) == sorted([Verdict.RIGHT, *[Verdict.STALE] * 7])


@pytest.mark.rule("V-12")
def test_captcha_issued_before_the_store_was_emptied_is_not_good_again() -> None:
    used, unused = captcha.issue(), captcha.issue()
    assert captcha.check(used.text, used.answer) is Verdict.RIGHT
    cache.clear()
    at_once = captcha.issue()  # before this process has seen that the store began anew
    with time_machine.travel(real_now() + timedelta(seconds=1)):
        after = captcha.issue()
        assert captcha.check(at_once.text, at_once.answer) is Verdict.STALE
        assert captcha.check(used.text, used.answer) is Verdict.STALE
        assert captcha.check(unused.text, unused.answer) is Verdict.STALE
        assert captcha.check(after.text, after.answer) is Verdict.RIGHT


def test_captcha_works_once_while_the_store_is_away(settings: Settings) -> None:
    caches: dict[str, Any] = settings.CACHES
    settings.CACHES = {**caches, "default": {**caches["default"], "LOCATION": "redis://127.0.0.1:1/1"}}
    token = captcha.issue()
    assert captcha.check(token.text, token.answer) is Verdict.RIGHT
    assert captcha.check(token.text, token.answer) is Verdict.STALE


@pytest.mark.rule("V-12")
@pytest.mark.django_db(transaction=True)
def test_of_fifty_entries_with_one_captcha_at_the_same_instant_one_is_looked_at() -> None:
    filing = world.submit_and_send(world.new_provider(world.new_sandbox()))
    owner = owner_of(filing.sandbox)
    wrong_id = {**entering.right(world.challenge_of(filing, 1)), "id_suffix": world.WRONG_ID}
    entry = entering.with_captcha(wrong_id)

    def send() -> str:
        page = page_of(browser_of(owner, host=GANSU).post("/verify/", entry))
        return entering.errors(page).get("captcha_1") or entering.words(page)[-1]

    heard = Counter(world.at_once(*[send] * 50))
    # Those that come after the answer are told it once more, as after a reload.
    assert set(heard) <= {"该条验证库里找不到记录。", Verdict.STALE}
    assert heard["该条验证库里找不到记录。"] >= 1
    assert world.challenge_of(filing, 1).tries == 1


# ── Picture, sound, a new one ────────────────────────────────────────────────


def test_picture_is_drawn_and_never_cached(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        answer = client.get(f"/captcha/{captcha.issue().text}.png")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert "no-store" in answer["Cache-Control"]
    assert Image.open(io.BytesIO(answer.content)).size == (300, 100)


def test_sound_speaks_every_digit_and_is_never_cached(client: Client) -> None:
    token = captcha.issue()
    answer = client.get(f"/captcha/{token.text}.wav")
    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/wav")
    assert "no-store" in answer["Cache-Control"]
    with wave.open(io.BytesIO(answer.content)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    assert seconds > 0.5 * captcha.LENGTH


def test_new_gives_a_fresh_token_and_stores_nothing(client: Client) -> None:
    first, second = client.get("/captcha/new").json(), client.get("/captcha/new").json()
    assert first["token"] != second["token"]
    assert first["picture"] == f"/captcha/{first['token']}.png"
    assert first["sound"] == f"/captcha/{first['token']}.wav"
    assert first["seconds"] == 300
    assert CaptchaStore.objects.count() == 0


def test_new_under_a_path_stays_under_it(client: Client) -> None:
    fresh = client.get("/p/gs/captcha/new").json()
    assert fresh["picture"] == f"/p/gs/captcha/{fresh['token']}.png"
    assert client.get(fresh["picture"]).status_code == 200


@pytest.mark.parametrize("kind", ["png", "wav"])
def test_forged_or_expired_token_is_neither_drawn_nor_spoken(client: Client, kind: str) -> None:
    assert client.get(f"/captcha/nonsense.{kind}").status_code == 410
    with time_machine.travel(START, tick=False) as moment:
        token = captcha.issue()
        moment.shift(timedelta(minutes=5))
        assert client.get(f"/captcha/{token.text}.{kind}").status_code == 410


def test_token_is_spoken_a_few_times_only(client: Client, settings: Settings) -> None:
    token = captcha.issue()
    codes = [client.get(f"/captcha/{token.text}.wav").status_code for _ in range(settings.SOUNDS_A_CAPTCHA + 1)]
    assert codes == [200] * settings.SOUNDS_A_CAPTCHA + [429]


def test_address_gets_so_many_in_a_minute_and_is_told_when_again(client: Client, settings: Settings) -> None:
    settings.CAPTCHAS_A_MINUTE = 5
    answers = [client.get("/captcha/new") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert (answers[-1]["Retry-After"], answers[-1].json()) == (
        "60",
        {"error": "图形验证码换得太频繁，请 60 秒后再试。"},
    )
    assert client.get("/captcha/new", REMOTE_ADDR="192.0.2.7").status_code == 200


# ── Drawings ─────────────────────────────────────────────────────────────────


def test_drawing_is_shown_for_a_few_tokens_only_and_each_is_good_once() -> None:
    tokens = [captcha.issue() for _ in range(2 * captcha.DRAWINGS * captcha.SHOWN)]
    shown = Counter(token.drawing for token in tokens)
    assert max(shown.values()) == captcha.SHOWN
    (often,) = [drawing for drawing, times in shown.items() if times == captcha.SHOWN][:1]
    same = [token for token in tokens if token.drawing == often]
    assert len({token.text for token in same}) == captcha.SHOWN
    assert [captcha.check(token.text, token.answer) for token in same] == [Verdict.RIGHT] * captcha.SHOWN
    assert [captcha.check(token.text, token.answer) for token in same] == [Verdict.STALE] * captcha.SHOWN


def test_deck_is_changed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {captcha.issue().drawing[:-2] for _ in range(3)}
    monkeypatch.setattr(tokens, "DECK_SECONDS", -1)
    monkeypatch.setattr(tokens._deck, "_dealt_until", 0)
    after = {captcha.issue().drawing[:-2] for _ in range(3)}
    assert len(after) == 3
    assert before.isdisjoint(after)


def test_drawing_is_drawn_once_and_anew_where_nothing_can_be_kept(client: Client, settings: Settings) -> None:
    token = captcha.issue()

    def seen() -> bytes:
        return client.get(f"/captcha/{token.text}.png").content

    assert seen() == seen()
    caches: dict[str, Any] = settings.CACHES
    settings.CACHES = {**caches, "default": {**caches["default"], "LOCATION": "redis://127.0.0.1:1/1"}}
    assert seen() != seen()


def test_what_has_been_drawn_is_shown_to_everybody_and_drawing_is_bounded(client: Client, settings: Settings) -> None:
    settings.CAPTCHAS_A_MINUTE = 1
    first = captcha.issue()
    second = next(token for token in iter(captcha.issue, None) if token.drawing != first.drawing)
    paths = [f"/captcha/{token.text}.png" for token in (first, first, second)]
    assert [client.get(path).status_code for path in paths] == [200, 200, 429]
    assert client.get(paths[2], REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.get(paths[2]).status_code == 200


def test_picture_has_the_two_colours_of_the_settings_and_what_lies_between() -> None:
    image = Image.open(io.BytesIO(captcha.draw_picture(captcha.issue())))
    assert image.mode == "P"
    colours = {colour for _, colour in image.convert("RGB").getcolors() or []}
    assert 2 < len(colours) <= TONES
    for found, named in ((min(colours), INK), (max(colours), PAPER)):
        assert max(abs(a - b) for a, b in zip(found, ImageColor.getrgb(named), strict=True)) < 256 // TONES
