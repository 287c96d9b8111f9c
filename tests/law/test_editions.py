import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from tools.rules import RULES, load_rules
from verification.law import editions as law
from verification.law.editions import (
    EDITIONS_DIR,
    Edition,
    LawError,
    edition_in_force,
    editions,
    latest_edition,
    load_edition,
    provinces,
    starts_at,
)
from verification.law.times import SHANGHAI
from verification.law.words import EDITION_OUTCOMES, Kind, Look, Network, Outcome

PILOT = ("gs", "xz", "nx", "hn", "xj", "qh", "tj")
PILOT_START = datetime(2017, 12, 18, 9, tzinfo=SHANGHAI)
INSTANT = timedelta(microseconds=1)

Rewrite = Callable[[str, str], Path]


@pytest.fixture
def jd() -> Edition:
    return editions()["jd-2017"]


@pytest.fixture
def rewrite(tmp_path: Path) -> Rewrite:
    """Write jd-2017.toml with one passage replaced, and give the new file's path."""

    def write(old: str, new: str) -> Path:
        text = (EDITIONS_DIR / "jd-2017.toml").read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in jd-2017.toml"
        path = tmp_path / "jd-2017.toml"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return path

    return write


@pytest.fixture
def law_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let other editions stand in the place of the real ones."""

    def replace(*stand_ins: Edition) -> None:
        monkeypatch.setattr(law, "editions", lambda: {edition.id: edition for edition in stand_ins})

    return replace


# ── A faulty file stops the start, and says which file and which key ─────────


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "[timing]\n",
            "[timing]\nnoon_minute = { value = 30, rule = 'C-04' }\n",
            "jd-2017.toml: timing.noon_minute: Extra inputs are not permitted",
            id="unknown key",
        ),
        pytest.param(
            'resent = { value = "您的短信已发送成功。", rule = "R-03" }\n',
            "",
            "jd-2017.toml: answers.resent: Field required",
            id="missing text",
        ),
        pytest.param(
            '"尊敬的ICP用户："',
            '""',
            "jd-2017.toml: answers.salutation.value: String should have at least 1 character",
            id="empty text",
        ),
        pytest.param(
            'window_hours = { value = 48, rule = "D-01" }',
            "window_hours = 48",
            "jd-2017.toml: timing.window_hours: Input should be a valid dictionary or instance of",
            id="value without its rule",
        ),
        pytest.param(
            'window_hours = { value = 48, rule = "D-01" }',
            'window_hours = { value = 48, rule = "48 hours" }',
            "jd-2017.toml: timing.window_hours.rule: String should match pattern",
            id="rule that is no id",
        ),
        pytest.param(
            "value = 48",
            "value = '48'",
            "jd-2017.toml: timing.window_hours.value: Input should be a valid integer",
            id="number as text",
        ),
        pytest.param(
            "value = 48",
            "value = 0",
            "jd-2017.toml: timing.window_hours.value: Input should be greater than or equal to 1",
            id="number out of range",
        ),
        pytest.param(
            "virtual_varies = { value = true",
            "virtual_varies = { value = 'yes'",
            "jd-2017.toml: senders.virtual_varies.value: Input should be a valid boolean",
            id="text for yes or no",
        ),
        pytest.param(
            "since = 2017-12-18T09:00:00+08:00",
            "since = 2017-12-18T09:00:00",
            "jd-2017.toml: in_force.0.since: Input should have timezone info",
            id="moment without its zone",
        ),
        pytest.param(
            '[kinds.add_access]\nname = { value = "新增接入备案", rule = "N-06" }\n'
            'situations = [{ when = "always", verify = ["website"], rule = "W-04" }]\n',
            "",
            "jd-2017.toml: kinds: forgets add_access",
            id="forgotten kind",
        ),
        pytest.param(
            "[kinds.add_access]",
            "[kinds.add_acces]",
            "jd-2017.toml: kinds.add_acces: Input should be 'first_filing', 'add_website', ",
            id="unknown kind",
        ),
        pytest.param(
            '    { when = "remark_only", verify = [], rule = "W-08" },\n',
            "",
            "jd-2017.toml: kinds.change_filing.situations: expected subject_only, websites_only, "
            "subject_and_websites, remark_only, access_only",
            id="forgotten situation",
        ),
        pytest.param(
            '    { when = "remark_only", verify = [], rule = "W-08" },\n',
            '    { when = "remark_only", verify = [], rule = "W-08" },\n' * 2,
            "jd-2017.toml: kinds.change_filing.situations: expected subject_only",
            id="situation that stands twice",
        ),
        pytest.param(
            'verify = ["subject"], rule = "W-05"',
            'verify = ["provider"], rule = "W-05"',
            "jd-2017.toml: kinds.change_filing.situations.0.verify.0: Input should be 'subject' or 'website'",
            id="unknown part",
        ),
        pytest.param(
            '[kinds.cancel_access]\nname = { value = "取消接入", rule = "N-06" }\n',
            "[kinds.cancel_access]\n",
            "jd-2017.toml: kinds.cancel_access: needs name and situations, or not_offered with the reason",
            id="kind without a name",
        ),
        pytest.param(
            "[kinds.move_domain]\n",
            '[kinds.move_domain]\nname = { value = "域名迁移", rule = "N-06" }\n',
            "jd-2017.toml: kinds.move_domain: not_offered excludes name and situations",
            id="kind both offered and not",
        ),
        pytest.param(
            '[provinces]\nvalue = ["gs",',
            '[provinces]\nvalue = ["gs", "hk",',
            "jd-2017.toml: provinces: does not know hk",
            id="unknown province",
        ),
        pytest.param(
            'provinces = ["gs",',
            'provinces = ["gs", "hk",',
            "jd-2017.toml: provinces: does not know hk",
            id="unknown province in force",
        ),
        pytest.param(
            '{ value = "{name}您好，由“{provider}”发起的“{filed}”的“{kind}”已提交，本次验证码：{code}。'
            '请登录{address}进行核验。", rule = "C-09" }\nwebsite',
            '{ value = "您好，本次验证码：{pin}。", rule = "C-09" }\nwebsite',
            "jd-2017.toml: message.subject: "
            "lacks or does not know {address}, {code}, {filed}, {kind}, {name}, {pin}, {provider}",
            id="placeholders of the message",
        ),
        pytest.param(
            "partial = { value = ",
            "partial = { value = '{who}的短信核验完成', rule = 'V-16' }\n# ",
            "jd-2017.toml: answers.partial: does not know {who}",
            id="placeholder of an answer",
        ),
        pytest.param(
            'resend_pause_seconds = { value = 60, rule = "R-06" }',
            "resend_pause_seconds = { value = 60, rule = 'R-06' }\nresends = { value = 2, rule = 'R-06' }",
            "jd-2017.toml: answers.quota_used_up: missing although limits.resends is set",
            id="limit without its answer",
        ),
        pytest.param(
            'look = "pilot"\n',
            'look = "pilot"\ntakes_over = "aliyun-2018"\n',
            "jd-2017.toml: takes_over: names an edition where values are taken over, and nowhere else",
            id="an edition that nothing is taken over from",
        ),
        pytest.param(
            'window_hours = { value = 48, rule = "D-01" }',
            'window_hours = { value = 48, rule = "D-01", basis = "taken_over" }',
            "jd-2017.toml: takes_over: names an edition where values are taken over, and nowhere else",
            id="value taken over from nowhere",
        ),
        pytest.param(
            'id_errors = { value = 5, rule = "V-08" }',
            'tries = { value = 3, rule = "V-09" }\ntries_borne = { value = 5, rule = "T-06" }',
            "jd-2017.toml: limits.tries_borne: excludes limits.tries",
            id="two limits in one",
        ),
        pytest.param(
            "[kinds.cancel_access]\n",
            '[kinds.cancel_access]\nnames = { app = { value = "取消APP接入", rule = "T-02" } }\n',
            "jd-2017.toml: kinds.cancel_access.names: does not know app",
            id="name for a type that the edition does not know",
        ),
        pytest.param('id = "jd-2017"', 'id = "jd-2018"', "jd-2017.toml: id: says 'jd-2018'", id="wrong id"),
        pytest.param("[timing]", "[timing", "jd-2017.toml: Expected ']' at the end of a table", id="broken TOML"),
    ],
)
def test_load_names_the_file_and_the_key(rewrite: Rewrite, old: str, new: str, message: str) -> None:
    path = rewrite(old, new)
    with pytest.raises(LawError, match="^" + re.escape(message)):
        load_edition(path)


def test_load_names_every_mistake_at_once(rewrite: Rewrite) -> None:
    path = rewrite("value = 48", "value = 0, values = 48")
    with pytest.raises(LawError) as caught:
        load_edition(path)
    assert str(caught.value).splitlines() == [
        "jd-2017.toml: timing.window_hours.value: Input should be greater than or equal to 1",
        "jd-2017.toml: timing.window_hours.values: Extra inputs are not permitted",
    ]


def test_load_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LawError, match=r"^jd-2017\.toml: .*No such file"):
        load_edition(tmp_path / "jd-2017.toml")


def test_editions_stop_the_start_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "EDITIONS_DIR", tmp_path)
    with pytest.raises(LawError, match="holds no edition"):
        editions.__wrapped__()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "provinces.toml: province: Field required", id="empty file"),
        pytest.param(
            "[[province]]\ncode = 'gs'\nname = '甘肃'\nfull_name = '甘肃省'\nicp_prefix = '甘肃'",
            "provinces.toml: province.0.icp_prefix: String should have at most 1 character",
            id="prefix of two characters",
        ),
        pytest.param(
            "[[province]]\ncode = 'gs'\nname = '甘肃'\nfull_name = '甘肃省'\nicp_prefix = '陇'\n" * 2,
            "provinces.toml: code: stands twice",
            id="code that stands twice",
        ),
    ],
)
def test_provinces_name_the_file_and_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    path = tmp_path / "provinces.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(law, "PROVINCES_FILE", path)
    with pytest.raises(LawError, match="^" + re.escape(message)):
        provinces.__wrapped__()


# ── What is loaded ───────────────────────────────────────────────────────────


def test_editions_cite_only_rules_that_the_project_lists() -> None:
    known = load_rules(Path(RULES))
    cited = {
        rule
        for path in EDITIONS_DIR.glob("*.toml")
        for rule in re.findall(r'rule = "([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert cited - set(known) == set()


def test_edition_is_frozen(jd: Edition) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        jd.timing.window_hours.value = 24
    with pytest.raises(ValidationError, match="frozen"):
        jd.look = Look.CARD
    with pytest.raises(TypeError, match="does not support item assignment"):
        jd.kinds[Kind.FIRST_FILING] = jd.kinds[Kind.ADD_SERVICE]  # type: ignore[index]
    with pytest.raises(TypeError, match="does not support item assignment"):
        editions()["jd-2017"] = jd  # type: ignore[index]


@pytest.mark.rule("V-02", "R-01", "R-02", "N-02")
def test_jd_2017_labels_its_buttons_as_the_document_does(jd: Edition) -> None:
    labels = jd.labels
    assert labels.home_button.value == "备案短信核验"
    assert labels.verify_button.value == "验证"
    assert labels.resend_link.value == "发送短信"
    assert labels.resend_button.value == "发通知信"


@pytest.mark.rule("N-06")
def test_jd_2017_calls_the_kinds_by_its_documents_names(jd: Edition) -> None:
    assert {kind: jd.kind_name(kind) for kind in jd.offered_kinds} == {
        Kind.FIRST_FILING: "新增备案",
        Kind.ADD_SERVICE: "新增网站备案",
        Kind.ADD_ACCESS: "新增接入备案",
        Kind.CHANGE_FILING: "变更备案信息",
        Kind.CANCEL_SUBJECT: "注销主体",
        Kind.CANCEL_SERVICE: "注销网站",
        Kind.CANCEL_ACCESS: "取消接入",
    }


def test_jd_2017_says_why_it_does_not_offer_a_kind(jd: Edition) -> None:
    missing = [kind for kind in Kind if not jd.kinds[kind].is_offered]
    assert missing == [
        Kind.CHANGE_SUBJECT,
        Kind.CHANGE_WEBSITE,
        Kind.CHANGE_ACCESS,
        Kind.CHANGE_PHONE,
        Kind.MOVE_DOMAIN,
        Kind.MOVE_WEBSITE,
    ]
    for kind in missing:
        reason = jd.kinds[kind].not_offered
        assert reason is not None
        assert reason.value.startswith("2017 年试点")
        with pytest.raises(KeyError):
            jd.kind_name(kind)


@pytest.mark.rule("V-06", "V-07", "V-08", "R-03", "R-04")
def test_jd_2017_answers_in_its_documents_words(jd: Edition) -> None:
    answers = jd.answers
    assert answers.of(Outcome.NOT_FOUND).value == "该条验证库里找不到记录。"
    assert answers.of(Outcome.WRONG_ID).value == answers.of(Outcome.NOT_FOUND).value
    assert answers.of(Outcome.WRONG_CODE).value == answers.of(Outcome.NOT_FOUND).value
    assert answers.of(Outcome.FAILED).value == "您的短信核验失败,请联系接入商查询核验结果。"
    assert answers.of(Outcome.RESENT).value == "您的短信已发送成功。"
    assert answers.of(Outcome.NOTHING_TO_RESEND).value == "暂无该短信核验的备案申请，无需重发短信"


def test_answers_know_no_wording_for_what_the_edition_lacks(jd: Edition) -> None:
    wordless = [outcome for outcome in Outcome if outcome not in EDITION_OUTCOMES]
    assert wordless == [Outcome.TOO_SOON, Outcome.TRY_LATER]
    for outcome in (Outcome.QUOTA_USED_UP, *wordless):
        with pytest.raises(KeyError):
            jd.answers.of(outcome)


@pytest.mark.rule("V-08")
def test_jd_2017_limits_wrong_ids_and_nothing_else(jd: Edition) -> None:
    assert jd.limits.id_errors is not None
    assert jd.limits.id_errors.value == 5
    assert jd.limits.tries is None
    assert jd.limits.resends is None


@pytest.mark.rule("C-06")
def test_jd_2017_has_a_fixed_sender_for_each_network(jd: Edition) -> None:
    assert {network: jd.senders.of(network) for network in Network} == {
        Network.TELECOM: "106598051001",
        Network.UNICOM: "10655113",
        Network.MOBILE: "106575000130",
    }


@pytest.mark.rule("P-06")
def test_provinces_are_31_each_with_a_host_of_its_own() -> None:
    found = list(provinces().values())
    assert len(found) == 31
    assert len({province.host_label for province in found}) == 31
    assert len({province.icp_prefix for province in found}) == 31
    assert {provinces()[code].name: provinces()[code].host_label for code in PILOT} == {
        "甘肃": "gscainfo",
        "西藏": "xzcainfo",
        "宁夏": "nxcainfo",
        "海南": "hncainfo",
        "新疆": "xjcainfo",
        "青海": "qhcainfo",
        "天津": "tjcainfo",
    }
    assert provinces()["gs"].bureau_name == "甘肃省通信管理局"


# ── Which edition governs ────────────────────────────────────────────────────


@pytest.mark.rule("P-01")
@pytest.mark.parametrize("province", PILOT)
def test_pilot_begins_at_nine_to_the_microsecond(province: str, jd: Edition) -> None:
    assert edition_in_force(province, at=PILOT_START - INSTANT) is None
    assert edition_in_force(province, at=PILOT_START) is jd
    assert edition_in_force(province, at=PILOT_START + INSTANT) is jd


@pytest.mark.rule("P-01")
def test_pilot_begins_at_nine_of_beijing_whatever_the_zone(jd: Edition) -> None:
    start = datetime(2017, 12, 18, 1, tzinfo=UTC)
    assert edition_in_force("gs", at=start - INSTANT) is None
    assert edition_in_force("gs", at=start) is jd


@pytest.mark.rule("P-01")
@pytest.mark.parametrize("province", sorted(set(provinces()) - set(PILOT)))
def test_pilot_leaves_the_other_provinces_alone(province: str) -> None:
    assert edition_in_force(province, at=PILOT_START + timedelta(days=100)) is None


def test_pinned_edition_replaces_the_date_and_keeps_its_own_provinces(jd: Edition) -> None:
    long_before = datetime(2001, 1, 1, tzinfo=SHANGHAI)
    assert edition_in_force("gs", at=long_before, pinned="jd-2017") is jd
    assert edition_in_force("z", at=PILOT_START, pinned="jd-2017") is None


def test_later_edition_replaces_the_earlier_one_where_both_name_the_province(
    jd: Edition, law_of: Callable[..., None]
) -> None:
    change = datetime(2018, 9, 10, tzinfo=SHANGHAI)
    entry = jd.in_force[0].model_copy(update={"since": change, "provinces": ("gs", "z")})
    later = jd.model_copy(update={"id": "other-2018", "in_force": (entry,)})
    law_of(jd, later)
    assert edition_in_force("gs", at=change - INSTANT) is jd
    assert edition_in_force("gs", at=change) is later
    assert edition_in_force("z", at=change - INSTANT) is None
    assert edition_in_force("z", at=change) is later
    assert edition_in_force("tj", at=change) is jd
    assert starts_at("gs", after=PILOT_START - INSTANT) == PILOT_START
    assert starts_at("gs", after=PILOT_START) == change
    assert latest_edition(at=change - INSTANT) is jd
    assert latest_edition(at=change) is later


@pytest.mark.rule("N-04")
def test_starts_at_tells_since_when_or_that_no_document_says_so() -> None:
    assert starts_at("gs", after=PILOT_START - INSTANT) == PILOT_START
    assert starts_at("b", after=datetime(2024, 1, 1, tzinfo=SHANGHAI)) is None


def test_latest_edition_lends_its_look_even_before_the_first_one_begins(jd: Edition) -> None:
    assert latest_edition(at=PILOT_START - timedelta(days=365)) is jd
    assert latest_edition(at=PILOT_START) is jd


def test_latest_edition_is_the_one_that_began_last_in_whatever_order_they_stand() -> None:
    assert latest_edition(at=datetime(2018, 9, 24, tzinfo=SHANGHAI)).id == "miit-2018"
    assert latest_edition(at=datetime(2020, 8, 17, tzinfo=SHANGHAI) - INSTANT).id == "miit-2018"
    assert latest_edition(at=datetime(2020, 8, 17, tzinfo=SHANGHAI)).id == "qingcloud-2020"
