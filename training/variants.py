"""考核的变化: the same exercise with other persons, names, numbers and, where its file allows, another province.

Whoever has done the practice, or looked over somebody's shoulder, knows the way, and not the answers.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from training.files import Exercise, OpeningFiling, Person, Record, Website
from training.papers import Authorisation, DomainCertificate, Hosting, Licence
from training.words import FilingSpec, Mistake, ServiceSpec, Word

#: So many there are of an exercise, from 1; 0 is the practice.
MOST = 8
_PREFIXES = ("晨光", "远山", "清泉", "松风", "长桥", "明月", "春雨", "白帆")
#: The serials of synthetic persons, a multiple of four, so that each stays with the same sort of network.
_SERIALS = 996
_STEP = 100
#: Which words have names in which fields, and which have domains.
_NAMES: Mapping[str, tuple[type[Word], ...]] = {
    "name": (FilingSpec, OpeningFiling, Record, ServiceSpec, Website),
    "company": (Licence, Authorisation, Hosting),
    "holder": (DomainCertificate,),
}
_WITH_DOMAIN = (ServiceSpec, Website, DomainCertificate)


def draw() -> int:
    """The number of a variant, which nobody can foresee."""
    return secrets.randbelow(MOST) + 1


def variant_of(exercise: Exercise, number: int) -> Exercise:
    """The exercise as its variant has it: the same steps, asked of others."""
    if number == 0:
        return exercise
    opening = _renamed(exercise.opening, number)
    persons = {label: _another(person, number) for label, person in exercise.opening.persons.items()}
    allowed = exercise.proof.provinces if exercise.proof else ()
    province = allowed[number % len(allowed)] if allowed else opening.province
    return exercise.model_copy(
        update={
            "opening": opening.model_copy(update={"persons": persons, "province": province}),
            "steps": tuple(_renamed(step, number) for step in exercise.steps),
            "ends": tuple(_renamed(end, number) for end in exercise.ends),
        }
    )


def _another(person: Person, number: int) -> Person:
    return person.model_copy(update={"serial": (person.serial - 1 + _STEP * number) % _SERIALS + 1})


def _renamed(word: Any, number: int) -> Any:
    """The word with whatever is filed in it under another name and domain."""
    update: dict[str, Any] = {}
    for field, value in word:
        if isinstance(value, Word):
            update[field] = _renamed(value, number)
        elif isinstance(value, tuple):
            update[field] = tuple(_renamed(each, number) if isinstance(each, Word) else each for each in value)
        elif isinstance(value, Mapping):
            update[field] = {
                key: _renamed(each, number) if isinstance(each, Word) else each for key, each in value.items()
            }
        elif value and isinstance(word, _NAMES.get(field, ())):
            update[field] = _PREFIXES[number - 1] + value
        elif value and field == "domain" and isinstance(word, _WITH_DOMAIN):
            update[field] = _domain(value, number)
    if isinstance(word, Mistake) and word.value:
        update["value"] = _wrong(word, number)
    return word.model_copy(update=update)


def _domain(domain: str, number: int) -> str:
    first, dot, rest = domain.partition(".")
    return f"{first}{number}{dot}{rest}"


def _wrong(mistake: Mistake, number: int) -> str:
    """What a mistake says, about what is called otherwise now."""
    match mistake.field.rpartition("."):
        case _, _, "domain":
            return _domain(mistake.value, number)
        case path, _, "name" if not path.endswith("person"):
            return _PREFIXES[number - 1] + mistake.value
    return mistake.value
