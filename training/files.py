"""Loads and checks the exercises: a TOML file each, and beside it its sentences in Chinese by key.

They are read once into frozen types. Whatever is unknown, missing or contradictory in a file stands in one
:class:`ExerciseError`, all of it at once, with file and key.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, ValidationError, model_validator

from training.papers import AnyPaper
from training.words import (
    OWN,
    Act,
    Condition,
    Enter,
    FaultPath,
    FilingSpec,
    Label,
    Mistake,
    Path,
    Predict,
    Submit,
    Switch,
    Way,
    Word,
)
from verification.law.editions import editions, provinces
from verification.law.words import IdType

HERE = FilePath(__file__).parent
EXERCISES_DIR = HERE / "exercises"
PLACES_FILE = HERE / "places.toml"
SENTENCES = ".zh.toml"
#: The same in English, which may come later.
ENGLISH = ".en.toml"
#: What every exercise says.
COMMON_FILE = HERE / f"common{SENTENCES}"
#: The end of a proof whose time is over.
TIME_UP = "time-up"
#: With this the names of exercises begin that people write for themselves; no file's does.
OF_PEOPLE = "own-"
#: The end of a try in which a step that is still to be done has lost its filing; no file names it.
LOST = "lost"


class ExerciseError(Exception):
    """An exercise's file is wrong; a line for each mistake."""


# ── The file ─────────────────────────────────────────────────────────────────

RuleId = Annotated[str, Field(pattern=r"^[A-Z]-\d\d$")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class Person(Word):
    """A synthetic person, by number, with a document, and what keeps messages from the phone at the beginning."""

    serial: Annotated[int, Field(ge=1, le=900)]
    document: Literal[IdType.RESIDENT_ID, IdType.HK_MACAU_PERMIT] = IdType.RESIDENT_ID
    switches: Mapping[Switch, bool] = {}


class Website(Word):
    """A website on record; ``person`` answers for it."""

    person: Label
    name: str
    domain: str


class Record(Word):
    """A 主体 that has been on record for a year, with its websites, which have the serials 1, 2, … in their order.

    They are served by the exercise's provider, or by another of that name.
    """

    label: Label
    name: str
    subject: Label
    served_by: str = ""
    websites: Annotated[tuple[Website, ...], Field(min_length=1)]


class Rejection(Word):
    """What a bureau found wrong with a filing."""

    reason: str
    field: FaultPath | None = None
    suggestion: str = ""


class OpeningFiling(FilingSpec):
    """A filing that is there at the beginning, submitted ``at`` a moment, or when those before it are ready.

    Its codes have been sent where ``is_sent``; where ``is_verified`` everybody has entered theirs, and then the bureau
    may have ``rejected`` it.
    """

    label: Label
    at: AwareDatetime | None = None
    mistakes: tuple[Mistake, ...] = ()
    is_sent: bool = True
    is_verified: bool = False
    rejected: Rejection | None = None


class Bureau(Word):
    """A bureau that decides by itself."""

    after_working_days: Annotated[int, Field(ge=1, le=20)]


class Opening(Word):
    """Where an exercise begins: moment, place, persons, records, filings, what may be submitted, and papers."""

    starts_at: AwareDatetime
    province: str
    pinned_edition: str = ""
    provider: str = "演练云"
    bureau: Bureau | None = None
    persons: Annotated[Mapping[Label, Person], Field(min_length=1)]
    records: tuple[Record, ...] = ()
    filings: tuple[OpeningFiling, ...] = ()
    submissions: Mapping[Label, FilingSpec] = {}
    papers: tuple[AnyPaper, ...] = ()


class Step(Word):
    """One thing to do: what the machine would do, by what it is known to be done, by which rule, and where."""

    id: Key
    act: Act
    done: Condition
    rule: RuleId
    place: str
    person: Label | None = None  # whose phone or entry the place is about
    filing: Label | None = None  # which filing
    predict: Predict | None = None  # what is asked before it is done


class End(Word):
    """An end of the exercise; ``play`` are the acts by which the machine reaches a failing one from the opening."""

    id: Key
    when: Condition
    play: tuple[Act, ...] = ()


class Proof(Word):
    """How an exercise is proved: in so many real minutes, in one of these provinces, or else in the opening's."""

    minutes: Annotated[int, Field(ge=1, le=120)]
    provinces: tuple[str, ...] = ()


class Exercise(Word):
    """An exercise as its file has it; ``sentences`` are beside it, ``digest`` is of both files."""

    name: Key = ""
    path: Path
    place: Annotated[int, Field(ge=1)]
    level: Annotated[int, Field(ge=1, le=3)]
    minutes: Annotated[int, Field(ge=1, le=60)]
    proof: Proof | None = None
    opening: Opening
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    goal: Condition
    ends: tuple[End, ...] = ()
    sentences: "Sentences"
    digest: str = ""

    @property
    def ways(self) -> tuple[Way, ...]:
        """In which ways it can be done."""
        return (Way.PRACTICE, Way.PROOF) if self.proof else (Way.PRACTICE,)

    def step(self, step_id: str) -> Step:
        """The step of this id. Raises ``KeyError``."""
        return next((step for step in self.steps if step.id == step_id), None) or _missing(step_id)

    @model_validator(mode="after")
    def _fits_together(self) -> "Exercise":
        mistakes = [*self._unknown_labels(), *self._wrong_sentences(), *self._wrong_questions()]
        mistakes += [*self._wrong_opening(), *self._standing_twice()]
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self

    def _unknown_labels(self) -> Iterator[str]:
        persons = set(self.opening.persons)
        filings = {filing.label for filing in self.opening.filings}
        if any(isinstance(step.act, Submit) for step in self.steps):
            filings.add(OWN)
        known = {"filing": filings, "filings": filings, "code_of": filings}
        known |= {"record": {record.label for record in self.opening.records}}
        known |= {"submission": set(self.opening.submissions)}
        for where, word in self._words():
            for name, value in _labels(word):
                if value not in known.get(name, persons):
                    yield f"{where}: {name}: there is no {value!r} in the opening"

    def _words(self) -> Iterator[tuple[str, BaseModel]]:
        for record in self.opening.records:
            yield f"opening.records.{record.label}", record
        for filing in self.opening.filings:
            yield f"opening.filings.{filing.label}", filing
        for label, submission in self.opening.submissions.items():
            yield f"opening.submissions.{label}", submission
        for number, paper in enumerate(self.opening.papers, start=1):
            yield f"opening.papers.{number}", paper
        for step in self.steps:
            yield f"steps.{step.id}", step
        yield "goal", self.goal
        for end in self.ends:
            yield f"ends.{end.id}", end

    def _wrong_sentences(self) -> Iterator[str]:
        for kind, ids, said in (
            ("steps", [step.id for step in self.steps], set(self.sentences.steps)),
            ("ends", ["goal", *(end.id for end in self.ends), LOST, TIME_UP], set(self.sentences.ends)),
        ):
            yield from (f"{kind}: {key} stands twice" for key in sorted({key for key in ids if ids.count(key) > 1}))
            yield from (f"{SENTENCES}: {kind}.{key}: missing" for key in ids if key not in said)
            yield from (f"{SENTENCES}: {kind}.{key}: there is no such one" for key in sorted(said - set(ids)))

    def _wrong_questions(self) -> Iterator[str]:
        for step in self.steps:
            said = self.sentences.steps.get(step.id)
            if said is not None and bool(said.ask) != (step.predict is not None):
                yield f"{SENTENCES}: steps.{step.id}.ask: it goes with predict, and predict with it"
            if step.predict is Predict.ENTRY and not isinstance(step.act, Enter):
                yield f"steps.{step.id}: predict: the step makes no entry"
            if step.predict is not None and step.filing is None:
                yield f"steps.{step.id}: filing: predict needs it"

    def _wrong_opening(self) -> Iterator[str]:
        if self.opening.province not in provinces():
            yield f"opening.province: there is no {self.opening.province!r}"
        for province in self.proof.provinces if self.proof else ():
            if province not in provinces():
                yield f"proof.provinces: there is no {province!r}"
        if self.opening.pinned_edition and self.opening.pinned_edition not in editions():
            yield f"opening.pinned_edition: there is no {self.opening.pinned_edition!r}"
        for step in self.steps:
            if (place := places().get(step.place)) is None:
                yield f"steps.{step.id}: place: there is no {step.place!r} in {PLACES_FILE.name}"
                continue
            for needed in place.needs:
                if getattr(step, needed) is None:
                    yield f"steps.{step.id}: {needed}: {step.place} needs it"

    def _standing_twice(self) -> Iterator[str]:
        serials = [person.serial for person in self.opening.persons.values()]
        for label, person in self.opening.persons.items():
            if serials.count(person.serial) > 1:
                yield f"opening.persons.{label}: serial: {person.serial} stands twice"
        names = [record.name for record in self.opening.records]
        for record in self.opening.records:
            if names.count(record.name) > 1:
                yield f"opening.records.{record.label}: name: {record.name} stands twice"


def _missing(step_id: str) -> Step:
    raise KeyError(step_id)


_LABEL_FIELDS = {"person", "filing", "filings", "code_of", "subject", "record", "submission", "other_phone", "phone_of"}


def _labels(word: BaseModel) -> Iterator[tuple[str, str]]:
    for name, value in word:
        if name in _LABEL_FIELDS and isinstance(value, str):
            yield name, value
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, BaseModel):
                yield from _labels(inner)
            elif isinstance(value, tuple) and name in _LABEL_FIELDS:
                yield name, inner


# ── What is said ─────────────────────────────────────────────────────────────


class StepSentences(Word):
    """What to do, why, where to look, and what exactly to do; ``answer`` only where that itself must be told.

    ``ask`` is the question of a step that asks what will happen.
    """

    do: str
    why: str
    look: str
    how: str
    answer: str = ""
    ask: str = ""

    @property
    def hints(self) -> tuple[str, ...]:
        """The hints, one after the other."""
        return tuple(filter(None, (self.look, self.how, self.answer)))


class EndSentences(Word):
    """What an end is called, and what went right or wrong."""

    title: str
    says: str


class Sentences(Word):
    """All that an exercise says."""

    title: str
    summary: str
    can: str
    steps: Mapping[Key, StepSentences]
    ends: Mapping[Key, EndSentences]


# ── Places ───────────────────────────────────────────────────────────────────


class Place(Word):
    """A page or control that steps may point to: what it is called, whose part it is, and what it ``needs`` to know."""

    label: str
    part: str
    needs: tuple[str, ...] = ()


@cache
def places() -> Mapping[str, Place]:
    """The places by their names; ``portal`` knows the address of each."""
    content = tomllib.loads(PLACES_FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name: Place.model_validate(place) for name, place in content["place"].items()})


# ── Reading ──────────────────────────────────────────────────────────────────


def load_exercise(path: FilePath) -> Exercise:
    """Read and check one exercise's two files. Raises :class:`ExerciseError` with all that is wrong."""
    beside = path.with_name(path.name.removesuffix(".toml") + SENTENCES)
    read = {}
    for each in (path, beside):
        try:
            read[each] = each.read_bytes()
        except OSError as error:
            raise ExerciseError(f"{each.name}: {error.strerror}") from error
    try:
        content, sentences = (tomllib.loads(read[each].decode()) for each in (path, beside))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExerciseError(f"{path.name}: {error}") from error
    name, digest = path.name.removesuffix(".toml"), hashlib.sha256(read[path] + b"\0" + read[beside]).hexdigest()[:16]
    if name.startswith(OF_PEOPLE):
        raise ExerciseError(f"{path.name}: names that begin with {OF_PEOPLE} are those of people's own exercises")
    try:
        return made_of(content, sentences, name=name, digest=digest)
    except ValidationError as error:
        raise ExerciseError("\n".join(_explain(path, error))) from error


def made_of(content: Mapping[str, Any], sentences: dict[str, Any], *, name: str, digest: str) -> Exercise:
    """The exercise that a file and its sentences say. Raises :class:`ValidationError` with all that is wrong."""
    made = {"name": name, "digest": digest, "sentences": _with_common(sentences)}
    return Exercise.model_validate({**content, **made})


def _with_common(sentences: dict[str, Any]) -> dict[str, Any]:
    """The sentences of a file with those that every exercise has."""
    own = sentences.get("ends")
    return {**sentences, "ends": {**own, **_common()["ends"]}} if isinstance(own, dict) else sentences


@cache
def _common() -> Mapping[str, Any]:
    return tomllib.loads(COMMON_FILE.read_text(encoding="utf-8"))


def missing_in_english(path: FilePath) -> tuple[int, int]:
    """How many of the sentences that steps say have no English beside them yet, and how many there are."""
    stem = path.name.removesuffix(".toml")
    said = tomllib.loads(path.with_name(f"{stem}{SENTENCES}").read_text(encoding="utf-8"))["steps"]
    english_file = path.with_name(f"{stem}{ENGLISH}")
    english = tomllib.loads(english_file.read_text(encoding="utf-8")) if english_file.exists() else {}
    wanted = [(step, key) for step, sentences in said.items() for key in ("do", "why") if key in sentences]
    missing = [1 for step, key in wanted if not english.get("steps", {}).get(step, {}).get(key)]
    return len(missing), len(wanted)


def _explain(path: FilePath, error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_url=False):
        name = path.name
        key = [str(step) for step in item["loc"] if step != "[key]"]
        if key[:1] == ["sentences"]:
            name, key = path.name.removesuffix(".toml") + SENTENCES, key[1:]
        if item["type"] == "value_error" and not key:
            yield from (f"{name}: {line}" for line in str(item["ctx"]["error"]).splitlines())
        else:
            yield f"{name}: {'.'.join(key)}: {item['msg'].removeprefix('Value error, ')}"


@cache
def exercises() -> Mapping[str, Exercise]:
    """Every exercise by name, path by path in their order."""
    found: list[Exercise] = []
    mistakes: list[str] = []
    for path in sorted(EXERCISES_DIR.glob("*.toml")):
        if path.name.endswith((SENTENCES, ENGLISH)):
            continue
        try:
            found.append(load_exercise(path))
        except ExerciseError as error:
            mistakes.append(str(error))
    if mistakes:
        raise ExerciseError("\n".join(mistakes))
    found.sort(key=lambda exercise: ([*Path].index(exercise.path), exercise.place, exercise.name))
    return MappingProxyType({exercise.name: exercise for exercise in found})


@cache
def version() -> str:
    """What differs from any other where the text of an exercise does."""
    return hashlib.sha256("".join(each.digest for each in exercises().values()).encode()).hexdigest()[:8]


def exercises_of(path: Path) -> list[Exercise]:
    """The exercises of a path, in their order."""
    return [exercise for exercise in exercises().values() if exercise.path is path]
