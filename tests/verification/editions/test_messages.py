"""What is sent when, from which number and in which words, where the editions differ."""

import pytest

from tests import world
from tests.verification.editions.in_edition import place
from tests.world import person
from verification.acting import challenges
from verification.asking.submissions import ServiceData
from verification.law.words import Kind
from verification.models import Challenge, Message, Phone

pytestmark = pytest.mark.django_db

OF_24_HOURS = ["tencent-2018", "miit-2018", "qingcloud-2020"]
WITH_LINK = ["miit-2018", "qingcloud-2020"]
WITHOUT_LINK = ["jd-2017", "aliyun-2018", "tencent-2018"]

# ── Noon ─────────────────────────────────────────────────────────────────────


@pytest.mark.rule("C-04", "D-01")
@pytest.mark.parametrize("edition", OF_24_HOURS)
@pytest.mark.parametrize(
    ("submitted", "noon"),
    [
        ("2020-10-08 09:30", ""),
        ("2020-10-08 11:54:59", ""),
        ("2020-10-08 11:55", ""),  # sent at noon: the next noon is the deadline itself
        ("2020-10-08 11:55:01", "2020-10-09 12:00"),
        ("2020-10-08 18:00", "2020-10-09 12:00"),
        ("2020-10-08 23:54:59", "2020-10-09 12:00"),
        ("2020-10-08 23:56", ""),  # sent after midnight: noon of the day after that is too late
    ],
)
def test_noon_reaches_a_code_of_24_hours_only_if_it_was_sent_after_noon(
    edition: str, submitted: str, noon: str
) -> None:
    sandbox = world.new_sandbox(submitted, pinned_edition=edition)
    filing = world.submit(
        world.new_provider(sandbox), world.first_filing(1, 1, province="tj" if edition[0] == "t" else "z")
    )
    world.move(sandbox, "2020-10-12 09:30")
    filing.refresh_from_db()
    assert [at for _, cause, at in world.messages(sandbox) if cause == "noon"] == ([noon] if noon else [])
    assert world.standing(filing) == ("returned", "deadline", 1)
    assert (filing.deadline_at - Challenge.objects.get().first_sent_at).total_seconds() == 24 * 3600  # type: ignore[operator]


@pytest.mark.rule("C-04", "C-05")
@pytest.mark.parametrize("edition", WITH_LINK)
def test_noon_repeats_the_same_message_with_its_link(edition: str) -> None:
    there = place(edition)
    world.move(there.sandbox, there.sandbox.clock_at.strftime("%Y-%m-") + "10 18:00")
    filing = there.first_filing(1, 1)
    world.move(there.sandbox, there.sandbox.clock_at.strftime("%Y-%m-") + "11 12:00")
    first, noon = Message.objects.filter(challenge__filing=filing).order_by("id")
    assert (first.cause, noon.cause) == ("first", "noon")
    assert (first.sender, first.text) == (noon.sender, noon.text)


# ── The short link ───────────────────────────────────────────────────────────


@pytest.mark.rule("C-08")
@pytest.mark.parametrize("edition", WITH_LINK)
def test_link_of_a_message_leads_to_its_own_code_while_it_can_be_entered(edition: str) -> None:
    there = place(edition)
    filing = there.first_filing(1, 2)
    for who in (1, 2):
        challenge = world.challenge_of(filing, who)
        assert f"/s/{challenge.link_token}或登录" in challenge.messages.get().text
        assert challenges.by_short_link(there.sandbox, challenge.link_token) == challenge
    token = world.challenge_of(filing, 1).link_token
    world.verify(filing, 1)
    assert challenges.by_short_link(there.sandbox, token) is None
    other = world.challenge_of(filing, 2)
    world.move_without_jobs(there.sandbox, world.shown(other.deadline_at))
    assert challenges.by_short_link(there.sandbox, other.link_token) is None


@pytest.mark.rule("C-08")
def test_link_leads_nowhere_before_its_code_is_sent_and_in_another_sandbox() -> None:
    there = place("miit-2018")
    filing = world.submit(there.provider, world.first_filing(1, 1, province="z"))
    challenge = Challenge.objects.get(filing=filing)
    assert challenges.by_short_link(there.sandbox, challenge.link_token) is None
    world.move(there.sandbox, "2018-10-08 09:35")
    assert challenges.by_short_link(there.sandbox, challenge.link_token) == challenge
    assert challenges.by_short_link(world.new_sandbox("2018-10-08 09:35"), challenge.link_token) is None
    assert challenges.by_short_link(there.sandbox, "") is None


@pytest.mark.rule("C-08", "D-04")
def test_next_round_has_links_of_its_own() -> None:
    filing = place("miit-2018").first_filing(1, 1)
    old = world.challenge_of(filing, 1).link_token
    world.withdraw(filing)
    assert challenges.by_short_link(filing.sandbox, old) is None
    world.resubmit_and_send(filing)
    assert world.challenge_of(filing, 1).link_token not in ("", old)


@pytest.mark.rule("C-08")
@pytest.mark.parametrize("edition", WITHOUT_LINK)
def test_earlier_messages_have_no_link(edition: str) -> None:
    filing = place(edition).first_filing(1, 1)
    challenge = world.challenge_of(filing, 1)
    assert (challenge.link_token, "/s/" in challenge.messages.get().text) == ("", False)


# ── Sender and wording ───────────────────────────────────────────────────────

NETWORKS = {"telecom": "13300000001", "unicom": "13000000001", "mobile": "13900000001", "virtual": "17000000001"}


@pytest.mark.rule("C-09", "C-06", "C-07")
@pytest.mark.parametrize("edition", ["jd-2017", "aliyun-2018", "tencent-2018", "miit-2018", "qingcloud-2020"])
def test_sender_of_each_network(edition: str) -> None:
    people = [person(n, phone=number) for n, number in enumerate(NETWORKS.values(), 1)]
    filing = place(edition).first_filing(*people)
    found = dict(Message.objects.filter(challenge__filing=filing).values_list("phone__number", "sender"))
    senders = {network: found[number] for network, number in NETWORKS.items()}
    if edition == "qingcloud-2020":
        assert senders == dict.fromkeys(NETWORKS, "12381")
    else:
        varying = senders.pop("virtual")
        assert senders == {"telecom": "106598051001", "unicom": "10655113", "mobile": "106575000130"}
        assert varying not in senders.values()


@pytest.mark.rule("C-09")
@pytest.mark.parametrize(
    ("edition", "opening", "kind", "host"),
    [
        ("jd-2017", "演甲1您好", "变更备案信息", "gscainfo"),
        ("aliyun-2018", "演甲1您好", "变更备案信息", "gscainfo"),
        ("tencent-2018", "演甲1您好", "变更备案", "gscainfo"),
        ("miit-2018", "演甲1您好", "备案变更", "zcainfo"),
        ("qingcloud-2020", "【工业和信息化部】演甲1您好", "变更备案", "gscainfo"),
    ],
)
def test_message_names_person_provider_subject_or_website_kind_code_and_address(
    edition: str, opening: str, kind: str, host: str
) -> None:
    there = place(edition)
    both = {"services": (ServiceData(serial=1, name="新站名"),)}
    filing = there.ask(Kind.CHANGE_FILING, **both)
    for who, begin, filed in ((1, opening, "新公司名"), (2, opening.replace("演甲1", "演乙2"), "新站名")):
        text = Message.objects.get(phone=Phone.objects.get(sandbox=there.sandbox, number=person(who).phone)).text
        assert text.startswith(f"{begin}，由“演练云”发起的“{filed}”的“{kind}”已提交，")
        assert f"本次验证码：{world.code_of(filing, who)}。" in text
        assert f"登录{host}." in text
