"""What a bureau finds wrong: what fields are called, and how a row keeps it."""

import pytest

from verification.law.faults import Fault, label_of, paths_of_service, paths_of_subject
from verification.law.words import ServiceType


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("", "申请整体"),
        ("subject.name", "主体名称"),
        ("subject.person.phone", "主体负责人手机号码"),
        ("services.0.domain", "第 1 项服务的域名"),
        ("services.11.platforms", "第 12 项服务的平台信息"),
    ],
)
def test_field_is_called_by_its_path(path: str, label: str) -> None:
    assert label_of(path) == label


def test_every_field_has_a_name_of_its_own() -> None:
    paths = [*paths_of_subject()]
    for index, type_ in enumerate(ServiceType):
        paths += paths_of_service(index, type_)
    assert len({label_of(path) for path in paths}) == len(paths)


@pytest.mark.parametrize("fault", [Fault("材料不全"), Fault("没有实名", "services.0.domain", "请先实名")])
def test_row_keeps_what_was_found(fault: Fault) -> None:
    assert Fault.kept(fault.error, fault.column, fault.suggestion) == fault


@pytest.mark.parametrize(
    ("suggestion", "words"),
    [("请补交。", "申请整体，材料不全；建议：请补交"), ("", "申请整体，材料不全")],
)
def test_line_goes_on_in_a_sentence(suggestion: str, words: str) -> None:
    assert Fault("材料不全。", suggestion=suggestion).in_words == words


def test_row_without_a_field_keeps_no_fault() -> None:
    assert Fault.kept("材料不全", "", "") is None
