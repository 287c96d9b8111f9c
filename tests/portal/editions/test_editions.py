"""The pages about the editions: what each says, and two of them side by side."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.editions import tables
from portal.shared.page import rulebook
from tests.pages import Node, assert_is_well_made, page_of
from tests.visitors import anybody
from verification.law.editions import Edition, editions
from verification.law.tables import matrix, rule_ids, values
from verification.law.words import Kind

pytestmark = pytest.mark.django_db

COMPARE = "/editions/compare/"


def rows_of(page: Node) -> dict[str, list[str]]:
    """The cells of each row of a page's tables, by the words of the row's head."""
    rows = [row for body in page.all("tbody") for row in body.all("tr")]
    return {row.one("th").text: [cell.text for cell in row.all("td")] for row in rows}


# ── For everybody ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", ["/editions/", COMPARE, *(f"/editions/{name}/" for name in editions())])
def test_pages_are_well_made_and_ask_the_database_nothing(address: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        answer = anybody().get(address)
    assert answer.status_code == 200
    assert (len(captured), len(answer.cookies)) == (0, 0)
    page = page_of(answer)
    assert_is_well_made(page)
    targets = {link.attrs["href"].removeprefix("#") for link in page.one("main").all("a") if "#" in link.attrs["href"]}
    assert targets <= {node.attrs["id"] for node in page.all("div") if "id" in node.attrs}


@pytest.mark.parametrize("address", ["/editions/nobody-1999/", "/editions/x/y/"])
def test_edition_that_does_not_exist_is_not_found(address: str) -> None:
    assert anybody().get(address).status_code == 404


def test_pages_are_on_the_national_host_only() -> None:
    assert anybody(host="gscainfo.localhost:8000").get("/editions/").status_code == 404


# ── Each edition ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("P-01", "P-02", "P-03", "P-04", "P-05")
def test_list_says_where_and_since_when_each_holds() -> None:
    page = page_of(anybody().get("/editions/"))
    shown = {card.one("h2").text: card.text for card in page.all("section", class_="card")}
    assert list(shown)[: len(editions())] == [edition.name for edition in editions().values()]
    assert "2017-12-18 09:00 起甘肃、西藏、宁夏、海南、新疆、青海、天津（P-01）" in shown["2017 年试点版"]
    assert "文件没有写明，只能由教员在演练环境中固定使用" in shown["2018 年试点版（无豁免）"]
    assert "2018-09-10 00:00 起天津、甘肃" in shown["2018 年试点延续版"]
    assert "2018-09-10 00:00 起浙江" in shown["2018 年扩大试点版"]
    assert "2018-09-24 00:00 起山西" in shown["2018 年扩大试点版"]
    assert "2020-08-17 00:00 起北京" in shown["2020 年全国版"]
    assert "2023-09-01 00:00 起北京" in shown["2023 年现行版"]


@pytest.mark.rule("W-14")
def test_list_lets_the_contradictions_stand_together() -> None:
    section = page_of(anybody().get("/editions/")).one("section", **{"aria-labelledby": "remarks"})
    said = [line.text for line in section.all("dl")[[h.text for h in section.all("h3")].index("注销主体")].all("dd")]
    assert any("暂不验证：开放后应验证主体负责人" in words for words in said)
    assert any("这里以核验对象表为准" in words for words in said)


@pytest.mark.parametrize("edition", editions().values(), ids=list(editions()))
def test_page_shows_every_row_and_every_value_with_its_rule(edition: Edition) -> None:
    main = page_of(anybody().get(f"/editions/{edition.id}/")).one("main")
    shown = [
        tuple(cell.text for cell in row.children if isinstance(cell, Node))
        for b in main.all("tbody")
        for row in b.all("tr")
    ]
    who = [row for row in shown if len(row) == 5]
    assert [(row[0], row[1], row[4]) for row in who] == [
        (r.name, r.situation_label, f"{r.rule} {r.basis}".strip()) for r in matrix(edition)
    ]
    plain = [row for row in values(edition) if not row.key.startswith("kinds.")]
    assert [row for row in shown if len(row) == 3] == [
        (r.label, " ".join(r.value.split()), f"{r.rule} {r.basis}".strip()) for r in plain
    ]


def test_page_names_the_document_of_every_rule_that_it_cites() -> None:
    page = page_of(anybody().get("/editions/miit-2018/"))
    rule = page.one("div", id="rule-W-14")
    assert rule.one("dd").text.endswith("《短信息核验试点常见问题》（二）核验业务类型")


def test_every_rule_of_the_law_has_its_sources() -> None:
    for edition in editions().values():
        ids = rule_ids(edition) - {""}
        assert [rule.id for rule in rulebook.cited(ids)] == sorted(ids, key=list(rulebook.rules()).index)
        assert all(rule.sources for rule in rulebook.cited(ids))


# ── Two of them ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("W-14", "N-06")
def test_comparison_marks_differences_in_words_and_keeps_the_notes() -> None:
    page = page_of(anybody().get(f"{COMPARE}?a=tencent-2018&b=miit-2018"))
    rows = rows_of(page)
    one, other, mark = rows["注销主体"]
    assert one.startswith("不核验 注销备案 W-12 注：列出但暂不验证")
    assert other.startswith("主体负责人（全部通过） 注销主体 W-14 注：同一问答的第（三）节没有提到注销")
    assert mark == "≠ 不同 名称不同"
    assert rows["新增网站"][2] == "相同"
    assert rows["变更手机号码"][0].startswith("不办理")
    assert rows["变更手机号码"][1].startswith("主体负责人和网站负责人（全部通过），管局先预审")
    assert rows["证件号码最多错几次"] == ["5 V-08", "无", "≠ 不同"]
    assert rows["验证码有效时长（小时）"] == ["24 D-01", "24 D-01", "相同"]


@pytest.mark.rule("T-05", "T-06", "T-09")
def test_comparison_begins_with_what_is_different_today() -> None:
    rows = rows_of(page_of(anybody().get(COMPARE)))
    assert (rows["首次备案"][2], rows["注销主体"][2], rows["新增接入"][2]) == ("相同", "相同", "名称不同")
    assert rows["在哪里核验"] == ["全国网站或省管局网站 N-03", "全国网站 T-09", "≠ 不同"]
    assert rows["备案的服务类型"] == ["网站", "网站、APP、小程序 T-02", "≠ 不同"]
    assert rows["各种错误合计最多几次"] == ["5 V-11", "无", "≠ 不同"]
    assert rows["容许错几次，再填一次即失败"] == ["无", "5 T-06", "≠ 不同"]
    assert rows["手动重发最多几次"] == ["2 R-06", "2 T-05", "相同"]
    assert rows["两次手动重发间隔（秒）"] == ["60 R-06", "60 R-06 沿用“2020 年全国版”", "相同"]


def test_comparison_can_leave_out_what_is_the_same() -> None:
    everything = rows_of(page_of(anybody().get(f"{COMPARE}?a=jd-2017&b=aliyun-2018")))
    rows = rows_of(page_of(anybody().get(f"{COMPARE}?a=jd-2017&b=aliyun-2018&only=on")))
    assert rows == {head: cells for head, cells in everything.items() if "不同" in cells[2]}
    assert 0 < len(rows) < len(everything)


def test_edition_does_not_differ_from_itself() -> None:
    page = page_of(anybody().get(f"{COMPARE}?a=jd-2017&b=jd-2017"))
    assert "没有不同之处" in page.one("main").text
    assert page.all("span", class_="badge--warn") == []


@pytest.mark.parametrize("query", ["?a=nobody-1999&b=jd-2017", "?a=jd-2017", "?only=on"])
def test_comparison_of_nothing_known_falls_back_and_says_so(query: str) -> None:
    answer = anybody().get(COMPARE + query)
    assert answer.status_code == 200
    assert_is_well_made(page_of(answer))


@pytest.mark.parametrize("kind", Kind)
def test_comparison_has_every_kind(kind: Kind) -> None:
    first, last = next(iter(editions().values())), list(editions().values())[-1]
    assert kind in {pair.kind for pair in tables.situation_pairs(first, last)}


def test_no_code_asks_for_an_edition_by_its_name() -> None:
    names = re.compile("|".join(editions()))
    root = Path(settings.BASE_DIR)
    sources = [
        *(root / "portal").rglob("*.py"),
        *(root / "verification").rglob("*.py"),
        *(root / "templates").rglob("*.html"),
        *(root / "static").rglob("*.js"),
    ]
    assert [path.name for path in sources if names.search(path.read_text(encoding="utf-8"))] == []
