import pytest

from verification.law.editions import AnswerText, Edition, SituationLaw, editions
from verification.law.tables import NONE, SituationRow, ValueRow, matrix, values
from verification.law.words import Kind, Mode, Part, Situation


@pytest.fixture
def jd() -> Edition:
    return editions()["jd-2017"]


def row_of(edition: Edition, key: str) -> ValueRow:
    (row,) = [row for row in values(edition) if row.key == key]
    return row


def test_matrix_has_a_row_for_each_situation_of_each_kind_on_offer(jd: Edition) -> None:
    rows = matrix(jd)
    assert [(row.rule, row.name, row.situation.label, row.who) for row in rows] == [
        ("W-01", "新增备案", "全部情况", "主体负责人和网站负责人"),
        ("W-02", "新增网站备案", "全部情况", "网站负责人"),
        ("W-04", "新增接入备案", "全部情况", "网站负责人"),
        ("W-05", "变更备案信息", "仅变更主体", "主体负责人"),
        ("W-06", "变更备案信息", "仅变更网站", "网站负责人"),
        ("W-07", "变更备案信息", "主体和网站均变更", "主体负责人和网站负责人"),
        ("W-08", "变更备案信息", "仅变更备注", "不核验"),
        ("W-22", "变更备案信息", "仅变更接入", "不核验"),
        ("W-12", "注销主体", "全部情况", "不核验"),
        ("W-12", "注销网站", "全部情况", "不核验"),
        ("W-12", "取消接入", "全部情况", "不核验"),
    ]
    assert {row.mode for row in rows if row.who != "不核验"} == {"全部通过"}
    assert {row.mode for row in rows if row.who == "不核验"} == {""}


def test_matrix_tells_where_one_person_is_enough(jd: Edition) -> None:
    either = SituationLaw(
        when=Situation.ALWAYS, verify=(Part.SUBJECT, Part.WEBSITE), mode=Mode.ANY, rule="W-15", note="二者择一"
    )
    kind = jd.kinds[Kind.CANCEL_WEBSITE].model_copy(update={"situations": (either,)})
    edition = jd.model_copy(update={"kinds": {**jd.kinds, Kind.CANCEL_WEBSITE: kind}})
    (row,) = [row for row in matrix(edition) if row.kind is Kind.CANCEL_WEBSITE]
    assert row == SituationRow(
        kind=Kind.CANCEL_WEBSITE,
        name="注销网站",
        situation=Situation.ALWAYS,
        who="主体负责人或网站负责人",
        mode="一人通过即可",
        rule="W-15",
        note="二者择一",
    )


@pytest.mark.parametrize("edition", editions().values(), ids=lambda edition: edition.id)
def test_values_name_every_value_once_and_its_rule_unless_there_is_none(edition: Edition) -> None:
    rows = values(edition)
    keys = [row.key for row in rows]
    assert len(keys) == len(set(keys))
    assert all(row.label and row.value for row in rows)
    assert [row.key for row in rows if not row.rule] == [row.key for row in rows if row.value == NONE]


@pytest.mark.parametrize(
    ("key", "label", "value", "rule"),
    [
        ("provinces", "文件所列省份", "甘肃、西藏、宁夏、海南、新疆、青海、天津", "P-01"),
        ("in_force.0", "开始执行", "2017-12-18 09:00 起：甘肃、西藏、宁夏、海南、新疆、青海、天津", "P-01"),
        ("timing.window_hours", "验证码有效时长（小时）", "48", "D-01"),
        ("limits.tries", "各种错误合计最多几次", "无", ""),
        ("senders.virtual_varies", "虚拟运营商的号码不固定", "是", "C-07"),
        ("answers.not_found", "找不到记录", "该条验证库里找不到记录。", "V-06"),
        ("records.differing_access_phone", "新增接入的号码与备案记录不符", "退回接入商", "W-24"),
        ("kinds.first_filing.name", "备案类型的名称", "新增备案", "N-06"),
        (
            "kinds.change_access.not_offered",
            "不办理的原因",
            "2017 年试点没有单独的“变更接入”，请用“变更备案信息”办理。",
            "N-06",
        ),
    ],
)
def test_values_speak_chinese(jd: Edition, key: str, label: str, value: str, rule: str) -> None:
    assert row_of(jd, key) == ValueRow(key=key, label=label, value=value, rule=rule)


def test_values_show_the_result_code_of_an_answer(jd: Edition) -> None:
    answers = jd.answers.model_copy(update={"failed": AnswerText(value="核验失败", rule="V-11", code=21)})
    edition = jd.model_copy(update={"answers": answers})
    assert row_of(edition, "answers.failed").value == "核验失败（结果码 21）"
