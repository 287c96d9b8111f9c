"""Who is verified in every edition, kind and situation: the files against a table written by hand."""

import pytest

from verification.law.editions import PermitSide, editions, provinces
from verification.law.times import SHANGHAI
from verification.law.words import EDITION_OUTCOMES, SITUATIONS, Kind, Mode, Outcome, Part, Situation

# 主 = the person of the 主体, 网 = those of the 网站 concerned, 主网 = both and all of them, 主或网 = either,
# 无 = nobody, 拒 = the edition does not offer the kind. One column an edition, oldest document first.
COLUMNS = ("jd-2017", "aliyun-2018", "miit-2018", "tencent-2018", "qingcloud-2020", "public-2023")
TABLE = """
first_filing   always                主网 主网 主网   主网 主网 主网
add_website    always                网   网   网     网   主网 主网
add_access     always                网   网   网     网   网   网
change_filing  subject_only          主   主   主     主   主   主
change_filing  websites_only         网   网   网     网   网   网
change_filing  subject_and_websites  主网 主网 主网   主网 主网 主网
change_filing  remark_only           无   无   无     无   无   无
change_filing  access_only           无   无   无     无   无   无
change_subject same_province         拒   拒   拒     拒   主   拒
change_subject other_province        拒   拒   拒     拒   无   拒
change_website always                拒   拒   拒     拒   网   拒
change_access  always                拒   拒   拒     拒   无   拒
change_phone   always                拒   拒   主网   拒   拒   拒
move_domain    always                拒   拒   拒     拒   无   拒
move_website   always                拒   拒   拒     拒   无   拒
cancel_subject always                无   主   主     无   主   主
cancel_website always                无   网   主或网 无   无   无
cancel_access  always                无   网   网     无   无   无
"""
MEANINGS = {
    "主": (frozenset({Part.SUBJECT}), Mode.ALL),
    "网": (frozenset({Part.SERVICE}), Mode.ALL),
    "主网": (frozenset({Part.SUBJECT, Part.SERVICE}), Mode.ALL),
    "主或网": (frozenset({Part.SUBJECT, Part.SERVICE}), Mode.ANY),
    "无": (frozenset(), Mode.ALL),
    "拒": None,
}


def by_hand() -> dict[tuple[str, Kind, Situation], tuple[frozenset[Part], Mode] | None]:
    """The table above, one entry an edition, kind and situation."""
    rows = [line.split() for line in TABLE.strip().splitlines()]
    return {
        (edition, Kind(kind), Situation(situation)): MEANINGS[cell]
        for kind, situation, *cells in rows
        for edition, cell in zip(COLUMNS, cells, strict=True)
    }


def from_data() -> dict[tuple[str, Kind, Situation], tuple[frozenset[Part], Mode] | None]:
    """The same from the edition files and nothing else."""
    found: dict[tuple[str, Kind, Situation], tuple[frozenset[Part], Mode] | None] = {}
    for edition in editions().values():
        for kind, law in edition.kinds.items():
            for situation in SITUATIONS[kind]:
                entry = law.in_situation(situation) if law.is_offered else None
                found[edition.id, kind, situation] = (frozenset(entry.verify), entry.mode) if entry else None
    return found


@pytest.mark.rule(
    "W-01",
    "W-02",
    "W-03",
    "W-04",
    "W-05",
    "W-06",
    "W-07",
    "W-08",
    "W-09",
    "W-10",
    "W-11",
    "W-12",
    "W-13",
    "W-14",
    "W-16",
    "T-03",
)
def test_matrix_of_all_editions_is_that_of_the_documents() -> None:
    assert from_data() == by_hand()


@pytest.mark.rule("W-15")
def test_matrix_knows_one_place_where_one_of_two_suffices() -> None:
    assert [key for key, entry in from_data().items() if entry and entry[1] is Mode.ANY] == [
        ("miit-2018", Kind.CANCEL_SERVICE, Situation.ALWAYS)
    ]


NAMES = {
    Kind.FIRST_FILING: ("新增备案", "新增备案", "新增备案", "新增备案", "首次备案", "首次备案"),
    Kind.ADD_SERVICE: ("新增网站备案", "新增网站备案", "新增网站", "新增网站", "新增网站", "新增服务"),
    Kind.ADD_ACCESS: ("新增接入备案", "新增接入备案", "新增接入", "接入备案", "新增接入", "接入备案"),
    Kind.CHANGE_FILING: ("变更备案信息", "变更备案信息", "备案变更", "变更备案", "变更备案", "变更备案"),
    Kind.CHANGE_SUBJECT: (None, None, None, None, "变更主体", None),
    Kind.CHANGE_WEBSITE: (None, None, None, None, "变更网站", None),
    Kind.CHANGE_ACCESS: (None, None, None, None, "变更接入", None),
    Kind.CHANGE_PHONE: (None, None, "变更手机号码", None, None, None),
    Kind.MOVE_DOMAIN: (None, None, None, None, "域名迁移", None),
    Kind.MOVE_WEBSITE: (None, None, None, None, "网站迁移", None),
    Kind.CANCEL_SUBJECT: ("注销主体", "注销主体", "注销主体", "注销备案", "注销主体", "注销主体"),
    Kind.CANCEL_SERVICE: ("注销网站", "注销网站", "注销网站", "注销网站", "注销网站", "注销服务"),
    Kind.CANCEL_ACCESS: ("取消接入", "取消接入", "取消接入", "取消接入", "取消接入", "取消接入"),
}


@pytest.mark.rule("N-06")
@pytest.mark.parametrize("kind", Kind)
def test_kind_has_the_name_of_each_document(kind: Kind) -> None:
    names = {edition: editions()[edition].kinds[kind].name for edition in COLUMNS}
    assert {edition: name and name.value for edition, name in names.items()} == dict(
        zip(COLUMNS, NAMES[kind], strict=True)
    )


# ── Numbers and switches ─────────────────────────────────────────────────────

# – = the document knows no such limit; 正, 背 = the front, the back of the 港澳通行证; 退 = a phone that is not the one
# on record goes back to the provider, 用 = the one on record is used. Columns as above.
NUMBERS = """
timing.first_sending_minutes    5  5  5  5  5  5
timing.window_hours             48 48 24 24 24 24
timing.noon_hour                12 12 12 12 12 12
limits.id_errors                5  5  –  5  –  –
limits.tries_borne              –  –  –  –  –  5
limits.tries                    –  –  3  –  5  –
limits.resends                  –  –  –  –  2  2
limits.resend_pause_seconds     60 60 60 60 60 60
senders.virtual_varies          是 是 是 是 否 否
identity.hk_macau_permit_side   正 正 正 正 正 正
records.differing_access_phone  退 退 退 退 用 用
"""
CELLS = {None: "–", True: "是", False: "否", "front": "正", "back": "背", "return": "退", "use_record": "用"}


def cell(edition: str, key: str) -> str:
    """A value of the edition as the table writes it."""
    section, _, name = key.partition(".")
    cited = getattr(getattr(editions()[edition], section), name)
    value = cited.value if cited is not None else None
    return str(value) if type(value) is int else CELLS[value]


@pytest.mark.rule("C-03", "C-04", "C-07", "D-01", "I-02", "R-06", "T-04", "T-05", "V-08", "V-09", "V-11", "W-24")
@pytest.mark.parametrize("row", NUMBERS.strip().splitlines())
def test_number_is_that_of_each_document(row: str) -> None:
    key, *expected = row.split()
    assert {edition: cell(edition, key) for edition in COLUMNS} == dict(zip(COLUMNS, expected, strict=True))


@pytest.mark.rule("W-23")
def test_only_the_questions_and_answers_of_2018_let_the_bureau_look_first() -> None:
    found = {(edition, kind): editions()[edition].kinds[kind].prereview for edition in COLUMNS for kind in Kind}
    named = {place: cited.value for place, cited in found.items() if cited is not None}
    assert named == {("miit-2018", Kind.CHANGE_PHONE): True}


@pytest.mark.rule("I-03")
def test_back_of_the_permit_is_asked_for_in_one_province_since_2020() -> None:
    exceptions = {edition: editions()[edition].identity.hk_macau_permit_back_in for edition in COLUMNS}
    since = ("qingcloud-2020", "public-2023")
    assert {edition: found.value for edition, found in exceptions.items() if found} == dict.fromkeys(since, ("z",))
    for edition in since:
        identity = editions()[edition].identity
        assert [code for code in provinces() if identity.permit_side(code) is not PermitSide.FRONT] == ["z"]


@pytest.mark.rule("P-01", "P-02", "P-03", "P-04", "P-05", "T-01")
def test_editions_begin_at_the_moments_of_the_documents() -> None:
    begins = [
        (edition.id, f"{entry.since.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}", len(entry.provinces))
        for edition in editions().values()
        for entry in edition.in_force
    ]
    assert begins == [
        ("jd-2017", "2017-12-18 09:00:00", 7),
        ("miit-2018", "2018-09-10 00:00:00", 7),
        ("miit-2018", "2018-09-24 00:00:00", 8),
        ("tencent-2018", "2018-09-10 00:00:00", 7),
        ("qingcloud-2020", "2020-08-17 00:00:00", 31),
        ("public-2023", "2023-09-01 00:00:00", 31),
    ]


@pytest.mark.rule("V-10", "V-17")
def test_result_codes_are_those_of_2020() -> None:
    codes = {
        (edition.id, outcome): code
        for edition in editions().values()
        for outcome in EDITION_OUTCOMES
        if (text := getattr(edition.answers, outcome.value)) is not None and (code := text.code) is not None
    }
    by_hand = {
        Outcome.WRONG_CODE: 0,
        Outcome.WRONG_ID: 2,
        Outcome.ALL_DONE: 3,
        Outcome.NOT_FOUND: 4,
        Outcome.ALREADY_DONE: 20,
        Outcome.FAILED: 21,
        Outcome.PARTIAL: 31,
        Outcome.NOTHING_TO_RESEND: 100,
        Outcome.RESENT: 101,
        Outcome.QUOTA_USED_UP: 102,
    }
    since = ("qingcloud-2020", "public-2023")
    assert codes == {(edition, outcome): code for edition in since for outcome, code in by_hand.items()}
