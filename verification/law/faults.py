"""What a bureau finds wrong with a filing: which field, what is wrong with it, and what it suggests.

Since 2023 platforms are told so (audit_data with key_name, error, suggest). A field is named by its path in the
submission, ``services.0.domain``; a blank path is the filing as a whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from verification.law.words import ServiceType

WHOLE = "申请整体"
#: How the filing as a whole stands in a row, where a blank says that no field was named.
_WHOLE_IN_ROWS = "filing"

_PERSON = {
    "person.name": "负责人姓名",
    "person.id_number": "负责人证件",
    "person.phone": "负责人手机号码",
    "person.emergency_phone": "负责人应急联系电话",
}
_OF_SUBJECT = {"name": "名称", "nature": "性质", "remark": "备注", **_PERSON}
_OF_SERVICE = {
    "name": "名称",
    "domain": "域名",
    "domains": "使用的域名",
    "platforms": "平台信息",
    "server_ip": "服务器 IP 地址",
    "remark": "备注",
    **_PERSON,
}
#: Which of these a type of service does not have.
_WITHOUT = {ServiceType.WEBSITE: {"domains", "platforms"}}
_PATH = re.compile(r"(?P<part>subject|services\.(?P<index>[0-9]{1,2}))\.(?P<field>[a-z_.]+)")


@dataclass(frozen=True)
class Fault:
    """What is wrong; ``field`` is a path or blank, ``suggestion`` may be blank."""

    error: str
    field: str = ""
    suggestion: str = ""

    @property
    def label(self) -> str:
        """What the field is called."""
        return label_of(self.field)

    @property
    def column(self) -> str:
        """The field as a row keeps it; never blank."""
        return self.field or _WHOLE_IN_ROWS

    @classmethod
    def kept(cls, error: str, column: str, suggestion: str) -> Self | None:
        """What a row has kept; ``None`` where nothing was refused, or under an edition that names no fields."""
        return cls(error, column.removeprefix(_WHOLE_IN_ROWS), suggestion) if column else None

    @property
    def in_words(self) -> str:
        """All of it in a line that goes on in a sentence, so without full stops at their ends."""
        advice = f"；建议：{self.suggestion.rstrip('。')}" if self.suggestion else ""
        return f"{self.label}，{self.error.rstrip('。')}{advice}"

    @property
    def told(self) -> dict[str, str]:
        """As programs are told."""
        return {"field": self.field, "label": self.label, "error": self.error, "suggestion": self.suggestion}


def label_of(path: str) -> str:
    """What the field of a path is called; the whole filing for a blank one."""
    match = _PATH.fullmatch(path)
    if match is None:
        return WHOLE
    if match["index"] is None:
        return f"主体{_OF_SUBJECT.get(match['field'], '')}"
    return f"第 {int(match['index']) + 1} 项服务的{_OF_SERVICE.get(match['field'], '')}"


def paths_of_subject() -> Sequence[str]:
    """The fields of a 主体 that may be wrong."""
    return [f"subject.{name}" for name in _OF_SUBJECT]


def paths_of_service(index: int, type_: ServiceType) -> Sequence[str]:
    """The fields that may be wrong of a service of a type, which stands at this place among the others."""
    without = _WITHOUT.get(type_, {"domain"})
    return [f"services.{index}.{name}" for name in _OF_SERVICE if name not in without]
