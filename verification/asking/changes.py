"""What a round changes: each part of it, held against what stood on record when the round was submitted.

Two requests on one 备案号 may be under way at once. Each part keeps what it was laid over, so that an acceptance writes
only what its own request changes, and can tell where another has been there since.
"""

from collections.abc import Collection, Iterator, Mapping

from verification.law.words import Part
from verification.models import Access, FilingPart, Person, Subject, Website

#: The fields of a part that a request can change, by name: texts, and the id of the responsible person's row. A person
#: is one field, because name, document and phone are verified together.
Values = dict[str, str | int | None]

#: What the fields are called; a website's come after its domain.
LABELS: Mapping[Part, Mapping[str, str]] = {
    Part.SUBJECT: {"name": "主体名称", "nature": "主体性质", "remark": "主体的备注", "person": "主体负责人"},
    Part.SERVICE: {
        "name": "网站名称",
        "domain": "域名",
        "remark": "备注",
        "person": "网站负责人",
        "server_ip": "服务器 IP 地址",
    },
}
_PERSON_LABELS = {
    "姓名": ("name",),
    "证件": ("id_type", "id_suffix", "id_back_suffix", "id_masked"),
    "手机号码": ("phone",),
    "应急联系电话": ("emergency_phone",),
}


def of_subject(subject: Subject) -> Values:
    """What stands on record of a 主体."""
    return {
        "name": subject.name,
        "nature": subject.nature,
        "remark": subject.remark,
        "person": subject.responsible_id,
    }


def of_website(site: Website, accesses: Collection[Access], *, provider_id: int | None) -> Values:
    """What stands on record of a 网站, with the address at which this provider serves it (blank if it does not)."""
    own = (access for access in accesses if access.provider_id == provider_id and access.cancelled_at is None)
    return {
        "name": site.name,
        "domain": site.domain,
        "remark": site.remark,
        "person": site.responsible_id,
        "server_ip": next((access.server_ip for access in own), ""),
    }


def asked_of(part: FilingPart) -> Values:
    """What a round asks for; of an address, blank means that it stays."""
    asked = {name: getattr(part, name) for name in LABELS[Part(part.part)] if name != "person"}
    return {**asked, "person": part.person_id}


def changed(part: FilingPart) -> Values:
    """The fields that a round changes, with their new values; all of them where it stands on no record."""
    asked = asked_of(part)
    if not asked.get("server_ip", "kept"):
        del asked["server_ip"]
    before = part.before
    return asked if before is None else {name: value for name, value in asked.items() if value != before.get(name)}


def labels_of(part: FilingPart) -> list[str]:
    """What a round changes, in words; empty where nothing differs from the record that it was laid over."""
    return [LABELS[Part(part.part)][name] for name in changed(part)] if part.before is not None else []


def differences(one: Person, other: Person) -> list[str]:
    """In what two rows of persons differ, in words."""
    return [
        label
        for label, columns in _PERSON_LABELS.items()
        if any(getattr(one, column) != getattr(other, column) for column in columns)
    ]


def overtaken(part: FilingPart, now: Values, persons: Mapping[int, Person]) -> Iterator[tuple[str, str]]:
    """The fields that a round changes and that others have changed since: name and label, the person's with what."""
    if part.before is None:
        return
    for name in changed(part):
        was, found = part.before.get(name), now.get(name)
        if was == found:
            continue
        label = LABELS[Part(part.part)][name]
        if name == "person":
            label += f"（{'、'.join(differences(persons[was], persons[found]))}）"  # type: ignore[index]  # both are ids
        yield name, label
