"""What a round changes: each part of it, held against what stood on record when the round was submitted.

Two requests on one 备案号 may be under way at once. Each part keeps what it was laid over, so that an acceptance writes
only what its own request changes, and can tell where another has been there since.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from verification.law.words import Part, ServiceType
from verification.models import Access, FilingPart, Person, Service, Subject

#: The fields of a part that a request can change, by name: texts, lists, and the id of the responsible person's row. A
#: person is one field, because name, document and phone are verified together; so are the platforms of an APP.
Values = dict[str, Any]

_OF_SUBJECT = {"name": "主体名称", "nature": "主体性质", "remark": "主体的备注", "person": "主体负责人"}
_OF_WEBSITE = {
    "name": "网站名称",
    "domain": "域名",
    "remark": "备注",
    "person": "网站负责人",
    "server_ip": "服务器 IP 地址",
}


def _of_other(type_: ServiceType) -> dict[str, str]:
    return {
        "name": f"{type_.label}名称",
        "platforms": "平台信息",
        "domains": "域名",
        "remark": "备注",
        "person": "服务负责人",
        "server_ip": "服务器 IP 地址",
    }


_OF_SERVICES = {type_: _OF_WEBSITE if type_ is ServiceType.WEBSITE else _of_other(type_) for type_ in ServiceType}


def labels_for(part: Part, type_: ServiceType = ServiceType.WEBSITE) -> Mapping[str, str]:
    """What the fields of a part are called that a request can change, by name; a service's come after its name."""
    return _OF_SUBJECT if part is Part.SUBJECT else _OF_SERVICES[type_]


def _labels(part: FilingPart) -> Mapping[str, str]:
    return labels_for(Part(part.part), ServiceType(part.type))


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


def of_service(site: Service, accesses: Collection[Access], *, provider_id: int | None) -> Values:
    """What stands on record of a service, with the address at which this provider serves it (blank if it does not)."""
    own = (access for access in accesses if access.provider_id == provider_id and access.cancelled_at is None)
    found = {
        "name": site.name,
        "domain": site.domain,
        "domains": site.domains,
        "platforms": platforms_of(site),
        "remark": site.remark,
        "person": site.responsible_id,
        "server_ip": next((access.server_ip for access in own), ""),
    }
    return {name: found[name] for name in labels_for(Part.SERVICE, site.type_law)}


def platforms_of(service: Service) -> list[dict[str, str]]:
    """By what its platforms know a service on record, as a part of a filing keeps it."""
    names = ("platform", "identifier", "public_key", "md5")
    return [{name: getattr(row, name) for name in names} for row in service.platforms.all()]


def asked_of(part: FilingPart) -> Values:
    """What a round asks for; of an address, blank means that it stays."""
    asked = {name: getattr(part, name) for name in _labels(part) if name != "person"}
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
    return [_labels(part)[name] for name in changed(part)] if part.before is not None else []


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
        label = _labels(part)[name]
        if name == "person":
            label += f"（{'、'.join(differences(persons[was], persons[found]))}）"  # type: ignore[index]  # both are ids
        yield name, label
