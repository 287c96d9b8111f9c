import pytest

from verification.law.editions import AnswerText, Edition, SituationLaw, editions
from verification.law.tables import NONE, SituationRow, ValueRow, matrix, matrix_by_type, values
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
        when=Situation.ALWAYS, verify=(Part.SUBJECT, Part.SERVICE), mode=Mode.ANY, rule="W-15", note="二者择一"
    )
    kind = jd.kinds[Kind.CANCEL_SERVICE].model_copy(update={"situations": (either,)})
    edition = jd.model_copy(update={"kinds": {**jd.kinds, Kind.CANCEL_SERVICE: kind}})
    (row,) = [row for row in matrix(edition) if row.kind is Kind.CANCEL_SERVICE]
    assert row == SituationRow(
        kind=Kind.CANCEL_SERVICE,
        name="注销网站",
        types="",
        situation=Situation.ALWAYS,
        situation_label="全部情况",
        verify=(Part.SUBJECT, Part.SERVICE),
        who="主体负责人或网站负责人",
        mode="一人通过即可",
        rule="W-15",
        note="二者择一",
        basis="",
    )


@pytest.mark.parametrize("edition", editions().values(), ids=lambda edition: edition.id)
def test_values_name_every_value_once_and_its_rule_unless_there_is_none(edition: Edition) -> None:
    rows = values(edition)
    keys = [row.key for row in rows]
    assert len(keys) == len(set(keys))
    assert all(row.label and row.value for row in rows)
    unsaid = {"verifies_at", "services"}
    assert {r.key for r in rows if not r.rule} - unsaid == {r.key for r in rows if r.value == NONE}


@pytest.mark.parametrize(
    ("key", "label", "value", "rule"),
    [
        ("provinces", "文件所列省份", "甘肃、西藏、宁夏、海南、新疆、青海、天津", "P-01"),
        ("in_force.0", "开始执行", "2017-12-18 09:00 起：甘肃、西藏、宁夏、海南、新疆、青海、天津", "P-01"),
        ("timing.window_hours", "验证码有效时长（小时）", "48", "D-01"),
        ("limits.tries", "各种错误合计最多几次", "无", ""),
        ("verifies_at", "在哪里核验", "省管局网站", ""),
        ("services", "备案的服务类型", "网站", ""),
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


# ── Today's rules ────────────────────────────────────────────────────────────


@pytest.mark.rule("T-02", "T-03")
def test_matrix_by_type_has_a_row_for_each_type_of_service_under_its_own_name() -> None:
    rows = matrix_by_type(editions()["public-2023"])
    added = [(row.name, row.types, row.who) for row in rows if row.kind is Kind.ADD_SERVICE]
    assert added == [
        ("新增网站", "网站", "主体负责人和服务负责人"),
        ("新增APP", "APP", "主体负责人和服务负责人"),
        ("新增小程序", "小程序", "主体负责人和服务负责人"),
    ]
    changed = [(row.situation_label, row.types) for row in rows if row.kind is Kind.CHANGE_FILING]
    assert changed[:3] == [("仅变更主体", ""), ("仅变更服务", "网站"), ("仅变更服务", "APP")]
    assert {row.basis for row in rows} == {"沿用“2020 年全国版”"}


def test_matrix_by_type_knows_no_types_where_the_document_knows_websites_only(jd: Edition) -> None:
    assert matrix_by_type(jd) == matrix(jd)


@pytest.mark.parametrize(
    ("key", "value", "rule", "basis"),
    [
        ("verifies_at", "全国网站", "T-09", ""),
        ("services", "网站、APP、小程序", "T-02", ""),
        ("limits.tries_borne", "5", "T-06", ""),
        ("limits.resend_pause_seconds", "60", "R-06", "沿用“2020 年全国版”"),
        ("senders.virtual", "106**********12", "T-07", "本平台定"),
        ("kinds.add_website.names.app", "新增APP", "T-02", ""),
    ],
)
def test_values_say_on_what_they_stand_where_no_source_gives_them(key: str, value: str, rule: str, basis: str) -> None:
    row = row_of(editions()["public-2023"], key)
    assert (row.value, row.rule, row.basis) == (value, rule, basis)
