"""Exercises of a trainer's own, in the browser: written, mistakes beside the lines, tried, given to a class."""

from typing import get_args

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from tests.pages import Node, assert_is_well_made, page_of
from tests.visitors import anybody
from training import words
from training.files import places
from training.models import Course, OwnExercise, Trainee, Try
from training.one_text import text_of
from training.reading import MOST_BYTES

pytestmark = pytest.mark.django_db

TEXT = text_of("one-person")
NASTY = '<script>alert(1)</script>[x](javascript:alert(1))<img src=x onerror="alert(1)">{{ 7 }}{% now %}'
QUOTED = NASTY.replace('"', '\\"')


@pytest.fixture
def trainer() -> Client:
    return anybody()


def flat(text: str) -> str:
    """The text as a node of a page tells it."""
    return " ".join(text.split())


def written(trainer: Client, text: str = TEXT) -> str:
    """The address of a new exercise."""
    answer = trainer.post("/class/own/new/", {"text": text.replace("\n", "\r\n")})
    assert answer.status_code == 302, page_of(answer).one("main").text
    return str(answer["Location"])


def shown(browser: Client, address: str) -> Node:
    """The page, which is in order."""
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer)
    page = page_of(answer)
    assert_is_well_made(page)
    return page


def test_fixed_one_is_copied_written_tried_given_to_a_class_and_done_there(trainer: Client) -> None:
    begun = shown(trainer, "/class/own/new/?from=one-person").one("textarea").text
    assert begun == flat(TEXT)
    address = written(trainer, TEXT.replace('title = "一人兼两职"', 'title = "我们的练习"'))
    assert "我们的练习" in shown(trainer, address).one("h1").text
    assert "我们的练习" not in shown(trainer, "/class/new/").text  # not before it is given to classes
    there = trainer.post(f"{address}start/")["Location"]
    assert "我们的练习" in page_of(trainer.get(there)).one("aside", class_="lesson").text
    assert Try.objects.get().member is None
    trainer.post(f"{address}offer/")
    name = OwnExercise.objects.get().name
    form = {"name": "周三班", "kind": "alone", "way": "practice", "exercises": ["first-verification", name]}
    desk = trainer.post("/class/new/", form)["Location"]
    assert Course.objects.get().tasks == [["first-verification", "practice"], [name, "practice"]]
    answer = trainer.post(f"{desk}add/", {"exercise": name, "way": "proof"}, follow=True)
    assert "已加进班级" in answer.content.decode()
    assert (
        "已经有这个练习了"
        in trainer.post(f"{desk}add/", {"exercise": name, "way": "proof"}, follow=True).content.decode()
    )
    member, base = anybody(), desk.removesuffix("desk/")
    member.post(f"{base}join/", {"nickname": "小王"})
    assert "3. 我们的练习 考核" in shown(member, base).text
    bar = page_of(member.get(member.post(f"{base}start/2/")["Location"])).one("aside", class_="lesson")
    assert "看看这份申请" in bar.text
    assert "我们的练习" in shown(trainer, desk).text
    member.post("/lesson/leave/")
    debrief = shown(member, f"/exercises/tries/{Try.objects.latest('id').pk}/")
    assert "再做一次" not in [button.text for button in debrief.all("button")]  # it is begun in the class
    assert "还在用这个练习" in trainer.post(f"{address}delete/", follow=True).content.decode()


def test_mistakes_stand_beside_their_lines_and_nothing_typed_is_lost(trainer: Client) -> None:
    wrong = TEXT.replace("level = 1", "level = 7").replace("[zh.steps.look]", "[zh.steps.lok]")
    page = page_of(trainer.post("/class/own/new/", {"text": wrong}))
    assert_is_well_made(page)
    assert page.one("textarea").text == flat(wrong)
    (said,) = page.one("div", class_="errors").all("li")
    assert said.text == "第 3 行 level：这个数太大了，最大是 3。"
    assert said.one("a").attrs["href"] == "#line-3"
    assert page.one("li", id="line-3").text == "level = 7这个数太大了，最大是 3。"
    assert len(page.one("ol", class_="own-lines").all("li")) == wrong.count("\n") + 1
    assert not OwnExercise.objects.exists()
    address = written(trainer)
    kept = page_of(trainer.post(f"{address}edit/", {"text": wrong})).one("textarea").text
    assert kept == flat(wrong)
    assert shown(trainer, f"{address}edit/").one("textarea").text == flat(TEXT)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (TEXT.encode("gb18030"), "这个文件不是 UTF-8 编码的"),
        (b"", "这个文件是空的"),
        (b"#" * (MOST_BYTES + 1), "文件最多 64 kB"),
        (b"\xef\xbb\xbf" + TEXT.replace("level = 1", "level = 9").encode(), "第 3 行 level：这个数太大了"),
    ],
)
def test_file_that_is_wrong_is_refused_and_what_it_says_is_shown(trainer: Client, content: bytes, says: str) -> None:
    file = SimpleUploadedFile("x.toml", content)
    page = page_of(trainer.post("/class/own/new/", {"text": "早先写的", "file": file}))
    assert says in page.one("main").text
    typed = "早先写的" if "level" not in says else TEXT.replace("level = 1", "level = 9")
    assert page.one("textarea").text == flat(typed)
    assert not Trainee.objects.exists()


def test_file_is_taken_for_the_text(trainer: Client) -> None:
    answer = trainer.post("/class/own/new/", {"text": "", "file": SimpleUploadedFile("x.toml", TEXT.encode())})
    assert answer.status_code == 302
    assert OwnExercise.objects.get().texts.get().text == TEXT
    assert "请写练习的正文" in page_of(trainer.post("/class/own/new/", {"text": ""})).text


def test_nobody_else_finds_it(trainer: Client) -> None:
    address = written(trainer)
    name = OwnExercise.objects.get().name
    other = anybody()
    written(other, TEXT.replace("一人兼两职", "别人的练习"))
    for browser in (anybody(), other):
        for page in ("", "edit/", "delete/"):
            assert browser.get(f"{address}{page}").status_code == 404
        for page in ("edit/", "delete/", "offer/", "start/"):
            assert browser.post(f"{address}{page}", {"text": TEXT}).status_code == 404
        for way in ("start", "show"):
            assert browser.post(f"/exercises/{name}/{way}/")["Location"] == "/exercises/"
        assert "一人兼两职" not in [link.text for link in shown(browser, "/class/own/").all("a")]
        form = {"name": "x", "kind": "alone", "way": "practice", "exercises": [name]}
        assert browser.post("/class/new/", form).status_code == 200
    assert not Course.objects.exists()
    assert not Try.objects.exists()
    assert trainer.post(f"/exercises/{name}/show/").status_code == 302


def test_nothing_that_somebody_writes_runs_anywhere(trainer: Client) -> None:
    text = TEXT
    for key in ("summary", "can", "do", "why", "look", "how", "says"):
        text = text.replace(f'\n{key} = "', f'\n{key} = "{QUOTED}')
    text = text.replace('title = "一人兼两职"', 'title = "<b>{{ 7 }}</b>"').replace("独行演练有限公司", "<i>演练公司")
    address = written(trainer, text)
    there = trainer.post(f"{address}start/")["Location"]
    trainer.post("/lesson/hint/", {"step": "look", "next": "/"})
    pages = [address, f"{address}edit/", "/class/own/", there, "/provider/"]
    trainer.post(f"{address}offer/")
    form = {"name": "周三班", "kind": "alone", "way": "practice", "exercises": [OwnExercise.objects.get().name]}
    desk = trainer.post("/class/new/", form)["Location"]
    base = desk.removesuffix("desk/")
    trainer.post(f"{base}join/", {"nickname": "我"})
    trainer.post(f"{base}start/1/")
    pages += [base, desk, f"{base}screen/", "/exercises/"]
    this = Try.objects.latest("id")
    trainer.post("/lesson/leave/")
    pages += [f"/exercises/tries/{this.pk}/", f"/exercises/tries/{this.pk}/sheet/", "/exercises/results/"]
    for page in pages:
        html = trainer.get(page).content.decode()
        assert not [
            bad for bad in ("<script>alert", "<img src=x", 'href="javascript', "<b>{{", "<i>演练") if bad in html
        ], page
    assert "&lt;script&gt;alert(1)" in trainer.get(address).content.decode()
    assert "{{ 7 }}{% now %}" in trainer.get(address).content.decode()


def test_help_names_every_word(trainer: Client) -> None:
    page = shown(trainer, "/class/own/help/")
    codes = {word for code in page.all("code") for word in code.text.split()}
    acts = {act.model_fields["do"].annotation for act in get_args(get_args(words.Act)[0])}
    conditions = {each.model_fields["what"].annotation for each in get_args(get_args(words.Condition)[0])}
    wanted = {name for literal in acts | conditions for name in get_args(literal)}
    assert wanted | set(places()) | set(words.Moment) | set(words.Switch) | set(words.Path) <= codes
    assert page.one("pre").text == flat(TEXT)


@override_settings(OWN_EXERCISES_AN_HOUR=1)
def test_checking_is_limited(trainer: Client) -> None:
    trainer.post("/class/own/new/", {"text": "x"})
    page = page_of(trainer.post("/class/own/new/", {"text": TEXT}))
    assert "检查练习的次数已到上限" in page.text
    assert page.one("textarea").text == flat(TEXT)
    assert not OwnExercise.objects.exists()
