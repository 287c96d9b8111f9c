"""The checker of exercises: each mistake by file and key, all of them at once; and what every exercise has to be."""

import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from portal.shared.lesson.places import known
from training import files
from training.files import EXERCISES_DIR, SENTENCES, ExerciseError, exercises, load_exercise, places

RULES = Path(__file__).parents[2] / "docs/rules.toml"
NAME, PAPERS = "cancel-website", "customer-papers"

#: In which of the two files what stands instead of what, and the lines that the checker answers.
WRONG = {
    "unknown key": (
        ".toml",
        "level = 3",
        "level = 3\nlevl = 3",
        [f"{NAME}.toml: levl: Extra inputs are not permitted"],
    ),
    "out of bounds": (
        ".toml",
        "minutes = 7",
        "minutes = 0",
        [f"{NAME}.toml: minutes: Input should be greater than or equal to 1"],
    ),
    "no province": (".toml", 'province = "z"', 'province = "zz"', [f"{NAME}.toml: opening.province: there is no 'zz'"]),
    "no person": (
        ".toml",
        'record = "company"\npicks',
        'record = "firm"\npicks',
        [f"{NAME}.toml: opening.filings.filing: record: there is no 'firm' in the opening"],
    ),
    "two sorts of filing": (
        ".toml",
        'kind = "cancel_website"',
        'kind = "cancel_website"\nsubject = "subject"',
        [f"{NAME}.toml: opening.filings.0: give subject, name and services, or record and picks"],
    ),
    "no such place": (
        ".toml",
        'place = "verify.id"',
        'place = "verify.ids"',
        [f"{NAME}.toml: steps.one-fails: place: there is no 'verify.ids' in places.toml"],
    ),
    "place without a person": (
        ".toml",
        'place = "phone.code"\nfiling = "filing"\nperson = "webmaster"',
        'place = "phone.code"\nfiling = "filing"',
        [f"{NAME}.toml: steps.other-passes: person: phone.code needs it"],
    ),
    "two steps of one id": (
        ".toml",
        'id = "still-there"',
        'id = "look"',
        [
            f"{NAME}.toml: steps: look stands twice",
            f"{NAME}.toml: {SENTENCES}: steps.still-there: there is no such one",
        ],
    ),
    "unknown word": (
        ".toml",
        'do = "withdraw"',
        'do = "shout"',
        [
            (
                f"{NAME}.toml: ends.4.play.0: Input tag 'shout' found using 'do' does not match any of the expected "
                "tags: "
                "'read', 'enter', 'resend', 'switch', 'move_clock', 'submit', 'resubmit', 'withdraw', 'decide'"
            )
        ],
    ),
    "sentence missing": (
        SENTENCES,
        "why = ",
        "wy = ",
        [
            f"{NAME}{SENTENCES}: steps.{step}.{key}"
            for step in ("look",)
            for key in ("why: Field required", "wy: Extra inputs are not permitted")
        ],
    ),
    "end without a sentence": (
        SENTENCES,
        "[ends.both-failed]",
        "[ends.both-fail]",
        [
            f"{NAME}.toml: {SENTENCES}: ends.both-failed: missing",
            f"{NAME}.toml: {SENTENCES}: ends.both-fail: there is no such one",
        ],
    ),
    "no TOML": (".toml", "level = 3", "level =", [f"{NAME}.toml: Invalid value (at line 4, column 8)"]),
}


#: The same in an exercise with papers.
WRONG_PAPERS = {
    "unknown paper": (
        ".toml",
        'type = "hosting"',
        'type = "passport"',
        [
            (
                f"{PAPERS}.toml: opening.papers.6: Input tag 'passport' found using 'type' does not match any of the "
                "expected tags: 'licence', 'identity', 'authorisation', 'domain', 'hosting', 'sheet'"
            )
        ],
    ),
    "mistake of two sorts": (
        ".toml",
        'field = "subject.person.id_number", slip',
        'field = "subject.person.id_number", value = "1", slip',
        [f"{PAPERS}.toml: opening.papers.0.sheet.mistakes.1: give a value or a slip"],
    ),
    "no such submission": (
        ".toml",
        'do = "submit", submission = "right"',
        'do = "submit", submission = "left"',
        [f"{PAPERS}.toml: steps.submit: submission: there is no 'left' in the opening"],
    ),
    "paper of nobody": (
        ".toml",
        'type = "identity"\nperson = "owner"',
        'type = "identity"\nperson = "nobody"',
        [f"{PAPERS}.toml: opening.papers.3: person: there is no 'nobody' in the opening"],
    ),
}


def written(folder: Path, changes: list[tuple[str, str, str]], name: str = NAME) -> Path:
    """Both files of an exercise in a folder, each change made once."""
    texts = {suffix: (EXERCISES_DIR / f"{name}{suffix}").read_text(encoding="utf-8") for suffix in (".toml", SENTENCES)}
    for suffix, old, new in changes:
        assert old in texts[suffix]
        texts[suffix] = texts[suffix].replace(old, new, 1)
    for suffix, text in texts.items():
        (folder / f"{name}{suffix}").write_text(text, encoding="utf-8")
    return folder / f"{name}.toml"


def mistakes_of(path: Path) -> list[str]:
    with pytest.raises(ExerciseError) as raised:
        load_exercise(path)
    return str(raised.value).splitlines()


@pytest.mark.parametrize("case", WRONG)
def test_mistake_is_named_with_file_and_key(case: str, tmp_path: Path) -> None:
    suffix, old, new, lines = WRONG[case]
    assert mistakes_of(written(tmp_path, [(suffix, old, new)])) == lines


@pytest.mark.parametrize("case", WRONG_PAPERS)
def test_mistake_about_papers_is_named_too(case: str, tmp_path: Path) -> None:
    suffix, old, new, lines = WRONG_PAPERS[case]
    assert mistakes_of(written(tmp_path, [(suffix, old, new)], PAPERS)) == lines


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    of_form = [WRONG[case][:3] for case in ("unknown key", "out of bounds", "two sorts of filing", "sentence missing")]
    assert len(mistakes_of(written(tmp_path, of_form))) == 5
    of_sense = [WRONG[case][:3] for case in ("no province", "no person", "no such place", "end without a sentence")]
    assert len(mistakes_of(written(tmp_path, of_sense))) == 5


def test_files_that_are_not_there(tmp_path: Path) -> None:
    path = written(tmp_path, [])
    path.with_name(f"{NAME}{SENTENCES}").unlink()
    assert mistakes_of(path) == [f"{NAME}{SENTENCES}: No such file or directory"]


def test_faulty_file_stops_every_start_but_the_checkers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suffix, old, new, lines = WRONG["out of bounds"]
    path = written(tmp_path, [(suffix, old, new)])
    monkeypatch.setattr(files, "EXERCISES_DIR", tmp_path)
    exercises.cache_clear()
    with pytest.raises(ImproperlyConfigured, match=re.escape(lines[0])):
        apps.get_app_config("training").ready()
    monkeypatch.setattr("sys.argv", ["manage.py", "check_exercise", str(path)])
    apps.get_app_config("training").ready()
    with pytest.raises(CommandError, match=re.escape(lines[0])):
        call_command("check_exercise", str(path))


# ── Every exercise ───────────────────────────────────────────────────────────


def test_every_place_leads_somewhere() -> None:
    assert known() == frozenset(places())


def test_paths_have_an_order() -> None:
    found = [(exercise.path, exercise.place) for exercise in exercises().values()]
    assert len(set(found)) == len(found)
    names = [exercise.sentences.title for exercise in exercises().values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", exercises())
def test_exercise_is_of_the_right_size_and_cites_rules(name: str) -> None:
    exercise = exercises()[name]
    rules = {rule["id"] for rule in tomllib.loads(RULES.read_text(encoding="utf-8"))["rule"]}
    assert {step.rule for step in exercise.steps} <= rules
    assert 3 <= len(exercise.steps) <= 6
    assert len(exercise.ends) >= 2
    assert len(exercise.sentences.title) <= 12
    assert re.fullmatch(r"[^。]+。", exercise.sentences.can)
    serials = [person.serial for person in exercise.opening.persons.values()]
    assert len(set(serials)) == len(serials)
