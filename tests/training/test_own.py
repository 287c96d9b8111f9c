"""Exercises of people's own: rehearsed, kept by digest, tried, given to classes, and nobody else's."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from training import closing, courses, own, shelf, showing, tries
from training.facts import facts_of
from training.judging import GOAL
from training.models import Course, OwnExercise, OwnText, Trainee, Try
from training.one_text import text_of
from training.performing import perform
from training.reading import Unreadable
from training.words import Way
from verification.by import By
from verification.models import Sandbox
from verification.refusals import Refused

pytestmark = pytest.mark.django_db

RULES = ("W-17", "W-18", "T-06", "T-07", "T-08", "C-02")
TEXT = text_of("one-person")
EDITED = TEXT.replace('do = "看看这份申请', 'do = "再看看这份申请')
MACHINE = By.machine("测试")


@pytest.fixture
def trainer() -> Trainee:
    return tries.new_trainee()


@pytest.fixture
def exercise(trainer: Trainee) -> OwnExercise:
    """One that is given to classes."""
    made = own.make(trainer, TEXT, rules=RULES)
    own.offer(made)
    return made


def joined(course: Course, nickname: str = "小王") -> courses.Member:
    return courses.join(course, tries.new_trainee(), nickname)


def class_with(trainer: Trainee, exercise: OwnExercise) -> Course:
    return courses.make(trainer, name="周三班", tasks=[(exercise.name, Way.PRACTICE)])


def first_words(this: Try) -> str:
    """What the first step of a try says."""
    found = tries.exercise_of(this)
    assert found is not None
    return found.sentences.steps["look"].do


def test_try_keeps_its_text_and_the_class_takes_the_next_one_once_it_is_offered(
    trainer: Trainee, exercise: OwnExercise
) -> None:
    course = class_with(trainer, exercise)
    before = courses.start(joined(course), 1)
    own.edit(exercise, EDITED, rules=RULES)
    meanwhile = courses.start(joined(course, "小李"), 1)
    assert first_words(tries.start(trainer, exercise.name)).startswith("再看看")  # whoever has written it tries it
    own.offer(exercise)
    after = courses.start(joined(course, "阿强"), 1)
    begins = [first_words(this)[:3] for this in (before, meanwhile, after)]
    assert begins == ["看看这", "看看这", "再看看"]
    assert (before.digest, after.digest) == (meanwhile.digest, exercise.newest)


def test_member_does_it_to_its_goal_and_goes_on_from_the_step_that_went_wrong(
    trainer: Trainee, exercise: OwnExercise
) -> None:
    member = joined(class_with(trainer, exercise))
    this = courses.start(member, 1)
    found = shelf.begun_as(this.exercise, this.digest)
    assert found is not None
    assert this.sandbox is not None
    for end, step in ((found.ends[2], 0), (None, 2)):
        assert this.sandbox is not None
        for act in end.play if end else [each.act for each in found.steps[step:]]:
            perform(act, facts_of(found, this, this.sandbox), this.sandbox, by=MACHINE)
        assert tries.finish(this)
        if end:
            assert this.end == end.id
            own.edit(exercise, EDITED, rules=RULES)
            own.offer(exercise)
            Try.objects.filter(pk=this.pk).update(debrief={"done": ["look", "message"]})
            this.refresh_from_db()
            this = tries.once_more(this)
            assert (this.member, this.digest, this.from_step) == (member, found.digest, "verify")
    assert this.end == GOAL


def test_nobody_else_begins_it_but_in_a_class(trainer: Trainee, exercise: OwnExercise) -> None:
    other = tries.new_trainee()
    member = joined(class_with(trainer, exercise))
    for trainee in (other, member.trainee):
        for begin in (tries.start, lambda who, name: showing.start(name, who, most=9)):
            with pytest.raises(Refused):
                begin(trainee, exercise.name)
    with pytest.raises(Refused):
        showing.start(exercise.name, most=9)
    with pytest.raises(Refused):
        class_with(other, exercise)
    with pytest.raises(Refused):
        courses.add_task(
            courses.make(other, name="x", tasks=[("one-person", Way.PRACTICE)]), other, exercise.name, Way.PRACTICE
        )
    assert showing.start(exercise.name, trainer, most=9).digest == exercise.newest


def test_class_gets_one_more_once(trainer: Trainee, exercise: OwnExercise) -> None:
    course = courses.make(trainer, name="周三班", tasks=[("first-verification", Way.PRACTICE)])
    member = joined(course)
    courses.add_task(course, trainer, exercise.name, Way.PROOF)
    with pytest.raises(Refused) as refused:
        courses.add_task(course, trainer, exercise.name, Way.PROOF)
    assert refused.value.code == "task_is_there"
    course.refresh_from_db()
    member.refresh_from_db()
    assert [task.exercise.name for task in courses.tasks_of(course)] == ["first-verification", exercise.name]
    assert courses.start(member, 2).way == Way.PROOF
    unfinished = own.make(trainer, EDITED, rules=RULES)
    with pytest.raises(Refused):  # not offered
        courses.add_task(course, trainer, unfinished.name, Way.PRACTICE)


def test_look_ups_cost_nothing_once_read(trainer: Trainee, exercise: OwnExercise) -> None:
    this = courses.start(joined(class_with(trainer, exercise)), 1)
    tries.exercise_of(this)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert tries.exercise_of(this) is not None
        assert shelf.offered(["first-verification", "one-person"]).keys() == {"first-verification", "one-person"}
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        assert shelf.offered([exercise.name, "one-person"]).keys() == {exercise.name, "one-person"}
    assert len(asked) == 1
    assert shelf.begun_as(exercise.name, "0" * 16) is None


def test_texts_are_forgotten_once_nobody_needs_them(trainer: Trainee, exercise: OwnExercise) -> None:
    this = courses.start(joined(class_with(trainer, exercise)), 1)
    for number in range(2):
        own.edit(exercise, EDITED.replace("再看看", f"再看看{number}"), rules=RULES)
    own.offer(exercise)
    assert own.forget_old() == 0  # somebody may be about to begin
    for kept in OwnText.objects.all():
        OwnText.objects.filter(pk=kept.pk).update(made_at=kept.made_at - timedelta(days=2))
    assert own.forget_old() == 1  # the one in between: the first is tried
    assert tries.exercise_of(this) is not None
    tries.leave(this)
    assert own.forget_old() == 1
    assert [kept.digest for kept in exercise.texts.all()] == [exercise.newest]


def test_it_is_deleted_when_no_class_has_it(trainer: Trainee, exercise: OwnExercise) -> None:
    course = class_with(trainer, exercise)
    with pytest.raises(Refused) as refused:
        own.delete(exercise)
    assert refused.value.sentence == "班级“周三班”还在用这个练习，请先结束班级，再来删除。"
    closing.close(course)
    own.delete(exercise)
    assert (OwnExercise.objects.count(), OwnText.objects.count()) == (0, 0)
    assert shelf.to_begin(exercise.name, trainer) is None


def test_so_many_somebody_may_have(trainer: Trainee, exercise: OwnExercise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "MOST_EXERCISES", 1)
    monkeypatch.setattr(own, "MOST_TEXTS", 1)
    with pytest.raises(Refused) as many:
        own.make(trainer, EDITED, rules=RULES)
    with pytest.raises(Refused) as often:
        own.edit(exercise, EDITED, rules=RULES)
    assert (many.value.code, often.value.code) == ("too_many_exercises", "too_many_texts")
    own.edit(exercise, TEXT, rules=RULES)  # as it is
    assert (exercise.newest, exercise.texts.count()) == (exercise.offered, 1)


#: What stands in the place of what, and what the machine finds: in which line, and in which words.
UNPLAYABLE = {
    "a filing is refused": ("duxing.example.com", "不是域名", "开局做不出来：", "[[opening.filings]]"),
    "done before": (
        'done = { what = "seen" }\nrule = "T-07"',
        'done = { what = "filing", filing = "filing", is = "verifying" }\nrule = "T-07"',
        "这一步还没做，它的条件就已经成立了",
        'done = { what = "filing"',
    ),
    "never done": ('is = "passed" }', 'is = "failed" }', "done 的条件没有成立", 'done = { what = "challenge"'),
    "goal too early": ('is = "reviewing"', 'is = "verifying"', "还没到这一步就到了结局“goal”", "[[steps]]"),
    "no goal": ('is = "reviewing"', 'is = "accepted"', "没有达到目标", "[goal]"),
    "another end": ('to = "deadline" }', 'to = "first_sending" }', "没有到任何结局", '[[ends]]\nid = "too-late"'),
    "no ground": (
        'play = [{ do = "withdraw", filing = "filing" }]',
        'play = [{ do = "resubmit", filing = "filing" }]',
        "机器做不了这一步",
        'play = [{ do = "resubmit"',
    ),
    "no rule": ('rule = "T-07"', 'rule = "T-99"', "没有规则 T-99", 'rule = "T-99"'),
}


@pytest.mark.parametrize("case", UNPLAYABLE)
def test_what_the_machine_cannot_play_is_told_at_its_line(case: str, trainer: Trainee) -> None:
    old, new, says, found = UNPLAYABLE[case]
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(Unreadable) as raised:
        own.make(trainer, text, rules=RULES)
    first = raised.value.mistakes[0]
    assert says in first.says, first
    assert first.line == text[: text.index(found)].count("\n") + 1
    assert not OwnExercise.objects.exists()
    assert not Sandbox.objects.filter(template_of=None).exists()
