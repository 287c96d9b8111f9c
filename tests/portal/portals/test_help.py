"""The help page: every figure on it is that of the edition in force, and the course of a filing is drawn (N-05)."""

import re
from collections.abc import Iterator

import pytest

from tests.pages import Node, page_of
from tests.visitors import GANSU, NATIONAL, browser_of, owner_of
from tests.world import new_sandbox
from verification.law.editions import Count, Edition, Text, editions
from verification.law.tables import matrix
from verification.law.words import SITUATIONS
from verification.state.sending import CODE_DIGITS

pytestmark = [pytest.mark.django_db, pytest.mark.rule("N-05")]

#: Not a figure: the field of that name in the provider's form.
CONTACT = "联系方式1"
SECTIONS = [
    "施行范围",
    "需要核验的负责人",
    "一份申请的流程",
    "办理步骤",
    "有效时长和次数",
    "发送号码",
    "没有收到短信",
]


def help_page(*, host: str = GANSU, when: str = "2020-09-01 09:30", pinned: str = "") -> Node:
    sandbox = new_sandbox(when, pinned_edition=pinned)
    return page_of(browser_of(owner_of(sandbox), host=host).get("/help/"))


def sections_of(page: Node) -> dict[str, list[Node]]:
    """What stands under each heading."""
    found: dict[str, list[Node]] = {}
    under: list[Node] = []
    for node in page.one("div", class_="prose").children:
        if isinstance(node, Node) and node.tag == "h2":
            under = found[node.text] = []
        elif isinstance(node, Node):
            under.append(node)
    return found


def figures(text: str) -> list[str]:
    return re.findall(r"\d+", text.replace(CONTACT, ""))


def figures_on(page: Node) -> dict[str, list[str]]:
    """The figures under each heading, in their order."""
    return {heading: figures(" ".join(node.text for node in nodes)) for heading, nodes in sections_of(page).items()}


def figures_in(edition: Edition) -> dict[str, list[str]]:
    """The same, put together from the edition's data."""
    timing, limits, labels = edition.timing, edition.limits, edition.labels
    noon = [str(timing.noon_hour.value), "00"]
    first, window = str(timing.first_sending_minutes.value), str(timing.window_hours.value)
    suffix = figures(labels.id_suffix.value)
    id_errors = [*suffix, str(limits.id_errors.value)] if limits.id_errors else []
    tries = [str(limits.tries.value)] if limits.tries else []
    borne = [str(limits.tries_borne.value)] if limits.tries_borne else []
    resends = [str(limits.resends.value)] if limits.resends else []
    virtual = figures(edition.senders.virtual.value) if edition.senders.virtual else []
    return {
        "需要核验的负责人": [],
        "一份申请的流程": [first, *noon, window, *id_errors, *tries, *borne],
        "办理步骤": [first, str(CODE_DIGITS), *suffix],
        "有效时长和次数": [window, *noon, *id_errors, *tries, *borne, *resends],
        "发送号码": [
            edition.senders.telecom.value,
            edition.senders.unicom.value,
            edition.senders.mobile.value,
            *virtual,
        ],
        "没有收到短信": [str(limits.resend_pause_seconds.value)],
    }


# ── Figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("is_national", [False, True])
@pytest.mark.parametrize("edition", editions().values(), ids=lambda edition: edition.id)
def test_every_figure_is_the_editions(edition: Edition, is_national: bool) -> None:
    host = NATIONAL if is_national else f"{edition.provinces.value[0]}cainfo.{NATIONAL}"
    page = help_page(host=host, pinned=edition.id)
    shown = figures_on(page)
    since = [f"与“{editions()[edition.takes_over].name}”相比"] if edition.takes_over else []
    assert list(shown) == [SECTIONS[0], *since, *SECTIONS[1:]]
    for heading in (SECTIONS[0], *since):
        del shown[heading]  # names documents, and their years with them
    assert shown == figures_in(edition)
    assert sections_of(page)["施行范围"][-1].text.endswith(f"规则依据：{edition.document}。")


def changed(edition: Edition) -> Edition:
    """The edition with figures that no edition has, each of them different, and every limit there is."""
    values: Iterator[int] = iter(range(71, 99))

    def count() -> Count:
        return Count(value=next(values), rule="N-05")

    def text() -> Text:
        return Text(value=f"1069{next(values)}", rule="N-05")

    return edition.model_copy(
        update={
            "timing": edition.timing.model_copy(update={name: count() for name in type(edition.timing).model_fields}),
            "limits": edition.limits.model_copy(update={name: count() for name in type(edition.limits).model_fields}),
            "senders": edition.senders.model_copy(update={name: text() for name in ("telecom", "unicom", "mobile")}),
        }
    )


@pytest.mark.parametrize("edition", editions().values(), ids=lambda edition: edition.id)
def test_no_figure_is_the_templates_own(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    other = changed(edition)
    monkeypatch.setattr("portal.portals.governing.edition_to_show", lambda *_, **__: other)
    shown = figures_on(help_page(pinned=edition.id))
    assert {heading: shown[heading] for heading in SECTIONS[1:]} == figures_in(other)


@pytest.mark.parametrize(
    ("when", "edition_id"),
    [
        ("2017-12-20 09:30", "jd-2017"),
        ("2018-09-09 23:59", "jd-2017"),
        ("2018-09-10 00:00", "tencent-2018"),
        ("2020-08-17 00:00", "qingcloud-2020"),
        ("2023-09-01 00:00", "public-2023"),
    ],
)
def test_edition_is_the_one_in_force(when: str, edition_id: str) -> None:
    page, edition = help_page(when=when), editions()[edition_id]
    assert sections_of(page)["施行范围"][0].text.endswith(f"规则依据：{edition.document}。")
    assert figures_on(page)["有效时长和次数"] == figures_in(edition)["有效时长和次数"]


# ── Who is verified, and the course ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("edition", editions().values(), ids=lambda edition: edition.id)
def test_who_is_verified_is_the_editions_matrix(edition: Edition) -> None:
    rows = help_page(pinned=edition.id).one("tbody").all("tr")
    shown = [(row.one("th").text, row.one("td").text) for row in rows]
    expected: dict[str, str] = {}
    for row in matrix(edition):
        case = f"{row.situation_label}：" if len(SITUATIONS[row.kind]) > 1 else ""
        expected[row.name] = expected.get(row.name, "") + case + row.who
    assert shown == list(expected.items())


def course_of(edition_id: str) -> dict[str, list[str]]:
    """Each step of the diagram, and the ways that lead out of it."""
    steps = help_page(pinned=edition_id).one("figure", class_="flow").all("li", class_="flow__step")
    return {step.one("p").text: [way.text for way in step.all("li", class_="flow__exit")] for step in steps}


def test_course_of_a_filing_is_a_list_of_steps_and_of_the_ways_out_of_them() -> None:
    assert course_of("jd-2017") == {
        "接入商提交备案申请": [],
        "数据校验": ["有误：退回接入商", "不需要核验的：直接进入管局审核"],
        "下发验证码约 5 分钟后；次日 12:00 尚未核验的重发一次": [],
        "负责人核验首次下发起 48 小时内": ["逾期：退回接入商", "身份证件号码后六位输错 5 次：退回接入商"],
        "管局审核": ["驳回：退回接入商"],
        "审核通过，记入备案库": [],
    }


@pytest.mark.rule("W-23")
def test_course_has_the_bureaus_first_look_only_where_the_edition_has_it() -> None:
    step = "管局预审仅限变更手机号码"
    assert [edition_id for edition_id in editions() if step in course_of(edition_id)] == ["miit-2018"]
    steps = list(course_of("miit-2018"))
    assert steps.index(step) == steps.index("数据校验") + 1
    assert course_of("miit-2018")[step] == ["驳回：退回接入商"]


def test_scope_names_all_provinces_or_speaks_of_the_others() -> None:
    def scope(at: str) -> str:
        page = page_of(browser_of(owner_of(new_sandbox(at))).get("/help/"))
        return page.one("main").text

    assert "全国各省份都已施行短信核验：" in scope("2021-01-01 09:00")
    assert "其他省份" not in scope("2021-01-01 09:00").split("规则依据")[0]
    before = scope("2018-01-01 09:00")
    assert (
        "、新疆。其他省份的备案申请直接进入管局审核。" in before
        or "、天津。其他省份的备案申请直接进入管局审核。" in before
    )


@pytest.mark.rule("T-02", "T-05", "T-06", "T-09")
def test_help_says_what_is_different_today() -> None:
    lines = [
        line.text for line in sections_of(help_page(when="2024-05-06 09:30"))["与“2020 年全国版”相比"][0].all("li")
    ]
    assert lines[1] == "核验和重发统一在全国网站办理；以前是全国网站或省管局网站。"
    assert lines[2] == "填写有误累计 5 次仍可再填，下一次不论对错都失败；以前第 5 次有误即失败。"
    assert lines[4].startswith("不再单列“变更主体”、“变更网站”、“变更接入”、“域名迁移”、“网站迁移”，改用“变更备案”办理")
