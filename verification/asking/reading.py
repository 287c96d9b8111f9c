"""What a provider types, as it is kept: generous to the ways of input methods and address books, the same everywhere.

The page before the submission shows what these functions make of what was typed; the submission makes the same of it.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace

from verification.asking.submissions import PersonData, PlatformData, ServiceData, SubjectData, Submission
from verification.law import entries, identity
from verification.law.services import Platform, clean_md5, clean_public_key

_DASHES = re.compile("[‐‑‒–—―−]")
_BLANKS = "[ \u00a0\u2000-\u200a\u202f\u3000]"
_CHINESE = "[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·•‧・]"
_BETWEEN_CHINESE = re.compile(rf"(?<={_CHINESE}){_BLANKS}+(?={_CHINESE})")
_RUN_OF_BLANKS = re.compile(f"{_BLANKS}+")


def line(typed: str) -> str:
    """A text without blanks around it and without marks that nobody sees."""
    return entries.seen(typed).strip()


def person_name(typed: str) -> str:
    """A person's name: no blanks between Chinese characters, one between the words of another script."""
    return _RUN_OF_BLANKS.sub(" ", _BETWEEN_CHINESE.sub("", line(typed)))


def document(typed: str) -> str:
    """The number of a document: half-width, no blanks, capital letters."""
    return identity.fold(entries.seen(typed))


def back_number(typed: str) -> str:
    """The number on the back of a permit, its brackets full-width."""
    return identity.fold_back_number(entries.seen(typed))


def phone(typed: str) -> str:
    """A mobile number, as on the portal: half-width, without blanks, hyphens and the country's prefix."""
    return entries.folded_phone(typed)


def emergency_phone(typed: str) -> str:
    """A telephone number of any sort: half-width, with one sort of dash and single blanks."""
    folded = _DASHES.sub("-", unicodedata.normalize("NFKC", line(typed)))
    return _RUN_OF_BLANKS.sub(" ", folded).strip()


def domain(typed: str) -> str:
    """A domain as it is compared and kept: half-width, small letters, no dot at its end."""
    return unicodedata.normalize("NFKC", line(typed)).replace("。", ".").strip().lower().rstrip(".")


def server_ip(typed: str) -> str:
    """An IP address in its one spelling; what is none stays as it was typed, half-width."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", line(typed))).replace("。", ".")
    try:
        return str(ipaddress.ip_address(folded))
    except ValueError:
        return folded


def record_number(typed: str) -> str:
    """A 备案号, of a 主体 or with -N of a service: half-width, no blanks, capital letters."""
    return _DASHES.sub("-", document(typed))


def bare_number(typed: str) -> str:
    """The 备案号 of a 主体 as it stands on record, from what was typed: that of a service loses its -N."""
    return record_number(typed).partition("-")[0]


Reader = Callable[[str], str]

#: How each field of a person is read; the type of document is chosen, not typed.
_PERSON: Mapping[str, Reader] = {
    "name": person_name,
    "id_number": document,
    "id_back_number": back_number,
    "phone": phone,
    "emergency_phone": emergency_phone,
}


def read(submission: Submission) -> Submission:
    """The submission with every text as it is kept."""
    return replace(
        submission,
        subject_number=record_number(submission.subject_number),
        target_number=record_number(submission.target_number),
        subject=_subject(submission.subject) if submission.subject else None,
        services=tuple(_service(site) for site in submission.services),
    )


def _subject(data: SubjectData) -> SubjectData:
    return replace(data, name=line(data.name), remark=_remark(data.remark), person=_person(data.person))


def _service(data: ServiceData) -> ServiceData:
    return replace(
        data,
        name=line(data.name),
        domain=domain(data.domain),
        domains=tuple(dict.fromkeys(filter(None, map(domain, data.domains)))),
        platforms=tuple(sorted(map(_platform, data.platforms), key=_place_of_platform)),
        server_ip=server_ip(data.server_ip),
        remark=_remark(data.remark),
        person=_person(data.person),
    )


def identifier(typed: str) -> str:
    """A package name, Bundle ID or AppID: half-width, no blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", line(typed)))


def public_key(typed: str) -> str:
    """A public key in its one spelling; what is none stays as it was typed."""
    return _in_one_spelling(clean_public_key, typed)


def md5(typed: str) -> str:
    """The fingerprint of a certificate in its one spelling; what is none stays as it was typed."""
    return _in_one_spelling(clean_md5, typed)


def _in_one_spelling(clean: Reader, typed: str) -> str:
    folded = unicodedata.normalize("NFKC", entries.seen(typed)).strip()
    try:
        return clean(folded)
    except ValueError:
        return folded


def _platform(data: PlatformData) -> PlatformData:
    return replace(
        data, identifier=identifier(data.identifier), public_key=public_key(data.public_key), md5=md5(data.md5)
    )


def _place_of_platform(data: PlatformData) -> int:
    """Platforms stand in one order, so that the same ones are equal."""
    return [*Platform].index(Platform(data.platform)) if data.platform in [*Platform] else len(Platform)


def _remark(typed: str | None) -> str | None:
    return None if typed is None else line(typed)


def _person(data: PersonData) -> PersonData:
    return replace(data, **{name: reader(getattr(data, name)) for name, reader in _PERSON.items()})
