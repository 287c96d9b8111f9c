"""Where and since when each edition governs, and which names it has for the kinds: shown by real filings."""

from datetime import timedelta

import pytest

from tests import world
from tests.verification.editions.in_edition import place
from tests.world import moment
from verification.law.words import Kind
from verification.models import Filing, Message, Provider
from verification.refusals import SubmissionRefused
from verification.time import clock

PILOT = ["gs", "xz", "nx", "hn", "xj", "qh", "tj"]
FIRST_BATCH = ["z", "sc", "fj", "shx", "cq", "gx", "yn"]
SECOND_BATCH = ["sx", "nm", "hl", "ah", "sd", "h", "x", "e"]
OTHERS = ["b", "hb", "ln", "jl", "sh", "js", "jx", "gd", "gz"]

pytestmark = pytest.mark.django_db


def submitted_in(provider: Provider, where: list[str], *, domain: int) -> list[Filing]:
    return [
        world.submit(provider, world.first_filing(1, 2, domain=domain + n, province=province))
        for n, province in enumerate(where)
    ]


def under(filings: list[Filing]) -> set[tuple[str, str]]:
    return {(filing.edition_id, filing.state) for filing in filings}


@pytest.mark.parametrize(
    ("governed", "since", "before", "after"),
    [
        pytest.param(FIRST_BATCH, "2018-09-10 00:00", "", "miit-2018", marks=pytest.mark.rule("P-02")),
        pytest.param(SECOND_BATCH, "2018-09-24 00:00", "", "miit-2018", marks=pytest.mark.rule("P-03")),
        pytest.param(PILOT, "2018-09-10 00:00", "jd-2017", "tencent-2018", marks=pytest.mark.rule("P-05")),
        pytest.param(OTHERS, "2020-08-17 00:00", "", "qingcloud-2020", marks=pytest.mark.rule("P-04")),
        pytest.param(PILOT, "2020-08-17 00:00", "tencent-2018", "qingcloud-2020", marks=pytest.mark.rule("P-04")),
        pytest.param(
            FIRST_BATCH + SECOND_BATCH,
            "2020-08-17 00:00",
            "miit-2018",
            "qingcloud-2020",
            marks=pytest.mark.rule("P-04"),
        ),
    ],
)
def test_edition_governs_its_provinces_from_its_first_instant(
    governed: list[str], since: str, before: str, after: str
) -> None:
    sandbox = world.new_sandbox("2018-09-01 09:30")
    provider = world.new_provider(sandbox)
    clock.move_to(sandbox, moment(since) - timedelta(microseconds=1), by=world.TRAINER)
    earlier = submitted_in(provider, governed, domain=1)
    assert under(earlier) == {(before, "verifying" if before else "reviewing")}
    clock.move_to(sandbox, moment(since), by=world.TRAINER)
    assert under(submitted_in(provider, governed, domain=101)) == {(after, "verifying")}


@pytest.mark.rule("P-02", "P-03")
def test_both_batches_leave_the_other_provinces_alone() -> None:
    provider = world.new_provider(world.new_sandbox("2018-10-08 09:30"))
    assert under(submitted_in(provider, OTHERS, domain=1)) == {("", "reviewing")}
    assert sorted(PILOT + FIRST_BATCH + SECOND_BATCH + OTHERS) == sorted(
        set(PILOT + FIRST_BATCH + SECOND_BATCH + OTHERS)
    )
    assert len(PILOT + FIRST_BATCH + SECOND_BATCH + OTHERS) == 31


@pytest.mark.rule("P-05", "D-01", "D-04")
def test_round_that_is_under_way_keeps_its_hours_and_the_next_one_has_the_new() -> None:
    provider = world.new_provider(world.new_sandbox("2018-09-09 22:00"))
    filing = world.submit_and_send(provider, world.first_filing())
    world.move(provider.sandbox, "2018-09-11 22:04")
    assert world.standing(filing) == ("verifying", "", 1)
    world.move(provider.sandbox, "2018-09-11 22:05")
    assert world.standing(filing) == ("returned", "deadline", 1)
    world.resubmit_and_send(filing)
    assert (filing.edition_id, world.shown(filing.deadline_at)) == ("tencent-2018", "2018-09-12 22:10")


@pytest.mark.rule("P-01", "P-02")
def test_pinned_edition_governs_the_provinces_of_its_document_at_any_date() -> None:
    provider = world.new_provider(world.new_sandbox("2021-03-01 09:30", pinned_edition="aliyun-2018"))
    assert under(submitted_in(provider, ["gs", "z", "b"], domain=1)) == {
        ("aliyun-2018", "verifying"),
        ("", "reviewing"),
    }


# ── Names ────────────────────────────────────────────────────────────────────


@pytest.mark.rule("N-06")
@pytest.mark.parametrize(
    ("edition", "kind", "name"),
    [
        ("jd-2017", Kind.ADD_SERVICE, "新增网站备案"),
        ("aliyun-2018", Kind.ADD_SERVICE, "新增网站备案"),
        ("aliyun-2018", Kind.CANCEL_SUBJECT, "注销主体"),
        ("tencent-2018", Kind.CHANGE_FILING, "变更备案"),
        ("tencent-2018", Kind.ADD_SERVICE, "新增网站"),
        ("miit-2018", Kind.CHANGE_FILING, "备案变更"),
        ("miit-2018", Kind.CANCEL_ACCESS, "取消接入"),
        ("qingcloud-2020", Kind.CHANGE_FILING, "变更备案"),
        ("qingcloud-2020", Kind.CHANGE_WEBSITE, "变更网站"),
    ],
)
def test_message_calls_the_kind_by_its_documents_name(edition: str, kind: Kind, name: str) -> None:
    filing = place(edition).ask(kind)
    texts = set(Message.objects.filter(challenge__filing=filing).values_list("text", flat=True))
    assert [f"的“{name}”已提交" in text for text in texts] == [True] * len(texts)
    assert texts


@pytest.mark.rule("N-06")
@pytest.mark.parametrize(
    ("edition", "name"),
    [
        ("jd-2017", "新增备案"),
        ("aliyun-2018", "新增备案"),
        ("tencent-2018", "新增备案"),
        ("miit-2018", "新增备案"),
        ("qingcloud-2020", "首次备案"),
    ],
)
def test_first_filing_has_two_names(edition: str, name: str) -> None:
    filing = place(edition).first_filing(1, 1)
    assert f"的“{name}”已提交" in Message.objects.get(challenge__filing=filing).text


#: The kinds that not every document knows.
SPECIAL = {
    Kind.CHANGE_PHONE,
    Kind.CHANGE_SUBJECT,
    Kind.CHANGE_WEBSITE,
    Kind.CHANGE_ACCESS,
    Kind.MOVE_DOMAIN,
    Kind.MOVE_WEBSITE,
}


@pytest.mark.rule("N-06")
@pytest.mark.parametrize(
    ("edition", "known"),
    [
        ("jd-2017", set()),
        ("aliyun-2018", set()),
        ("tencent-2018", set()),
        ("miit-2018", {Kind.CHANGE_PHONE}),
        ("qingcloud-2020", SPECIAL - {Kind.CHANGE_PHONE}),
    ],
)
def test_kind_that_the_document_does_not_know_is_refused(edition: str, known: set[Kind]) -> None:
    there = place(edition)
    for kind in SPECIAL - known:
        with pytest.raises(SubmissionRefused) as refused:
            there.ask(kind)
        assert [(error.path, error.code) for error in refused.value.errors] == [("kind", "kind_not_offered")]
    assert not Filing.objects.filter(sandbox=there.sandbox).exists()
