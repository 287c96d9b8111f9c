import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings

from tests import world
from verification.law.editions import editions, provinces
from verification.law.who import Responsible, Target
from verification.law.words import Kind, Part
from verification.models import Message, Provider, Subject
from verification.state.messages import portal_address, short_link, text_for


def texts(provider: Provider, who: int) -> list[tuple[str, str]]:
    """Sender and text of the messages on a person's phone, with the code out of sight."""
    rows = Message.objects.filter(phone=world.phone_of(provider.sandbox, who)).order_by("id")
    return [(sender, re.sub(r"\d{6}。", "……。", text)) for sender, text in rows.values_list("sender", "text")]


# ── Where the message leads ──────────────────────────────────────────────────


@pytest.mark.rule("P-06")
@pytest.mark.parametrize(
    ("code", "host"),
    [
        ("gs", "gscainfo.beian.example:8080"),
        ("xz", "xzcainfo.beian.example:8080"),
        ("nx", "nxcainfo.beian.example:8080"),
        ("hn", "hncainfo.beian.example:8080"),
        ("xj", "xjcainfo.beian.example:8080"),
        ("qh", "qhcainfo.beian.example:8080"),
        ("tj", "tjcainfo.beian.example:8080"),
    ],
)
@override_settings(SITE_AUTHORITY="beian.example:8080")
def test_each_province_of_the_pilot_has_its_own_host(code: str, host: str) -> None:
    assert portal_address(editions()["jd-2017"], provinces()[code]) == host


@pytest.mark.rule("P-06")
def test_no_two_provinces_share_a_host() -> None:
    hosts = {portal_address(editions()["qingcloud-2020"], province) for province in provinces().values()}
    assert len(hosts) == len(provinces()) == 31


# ── What it says ─────────────────────────────────────────────────────────────


@pytest.mark.rule("C-09", "C-06", "N-06", "P-06")
@override_settings(SITE_AUTHORITY="beian.example")
def test_message_names_person_provider_what_is_filed_kind_code_and_address(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    code = world.code_of(filing, 1)
    sent = Message.objects.get(phone__number=world.person(1).phone)
    assert sent.sender == "106575000130"
    assert sent.text == (
        f"演甲1您好，由“演练云”发起的“演练公司”的“新增备案”已提交，本次验证码：{code}。"
        "请登录gscainfo.beian.example进行核验。"
    )
    assert [text for _, text in texts(provider, 2)] == [
        "演乙2您好，由“演练云”发起的“网站1”的“新增备案”已提交，本次验证码：……。请登录gscainfo.beian.example进行核验。"
    ]


@pytest.mark.rule("C-09")
@pytest.mark.parametrize(
    ("parts", "wording"), [("sw", "subject"), ("ws", "subject"), ("w", "website"), ("s", "subject")]
)
def test_wording_is_that_of_the_role(provider: Provider, parts: str, wording: str) -> None:
    real = editions()["jd-2017"]
    texts = {name: real.message.subject.model_copy(update={"value": name}) for name in ("subject", "website")}
    edition = real.model_copy(update={"message": real.message.model_copy(update=texts)})
    named = {"s": Part.SUBJECT, "w": Part.SERVICE}
    roles = tuple(Responsible(named[part], "演甲", "13900000001", "resident_id", "010010", "某") for part in parts)
    filing = world.submit(provider)
    assert text_for(edition, Target("13900000001", roles), filing=filing, link_token="x") == wording


@pytest.mark.rule("C-08")
@pytest.mark.parametrize(("is_secure", "scheme"), [(False, "http"), (True, "https")])
def test_short_link_is_of_the_sites_own_scheme(settings: Any, is_secure: bool, scheme: str) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SITE_AUTHORITY = is_secure, "beian.example"
    assert short_link("abc") == f"{scheme}://beian.example/s/abc"


@pytest.mark.rule("W-17")
def test_one_person_in_both_roles_gets_one_message_about_the_subject(provider: Provider) -> None:
    world.submit_and_send(provider, world.first_filing(1, 1, 1))
    assert world.messages(provider.sandbox) == [("演甲1", "first", world.SENT)]
    ((_, text),) = texts(provider, 1)
    assert "“演练公司”" in text


@pytest.mark.rule("N-06")
@pytest.mark.parametrize(("kind", "name"), [(Kind.ADD_SERVICE, "新增网站备案"), (Kind.CHANGE_FILING, "变更备案信息")])
def test_message_names_the_kind_as_the_edition_does(provider: Provider, record: Subject, kind: Kind, name: str) -> None:
    new = kind is Kind.ADD_SERVICE
    website = world.site(5, 3) if new else replace(world.site(5, 3), domain="", serial=1)
    world.submit_and_send(provider, world.request(kind, record, website))
    ((_, text),) = texts(provider, 3)
    assert f"发起的“网站5”的“{name}”已提交" in text


def test_braces_in_names_stand_as_they_are(provider: Provider) -> None:
    odd = world.person(1, name="{kind}")
    world.submit_and_send(provider, world.first_filing(odd, odd))
    ((_, text),) = texts(provider, 1)
    assert text.startswith("{kind}您好，由“演练云”发起的“演练公司”的“新增备案”")


@pytest.mark.rule("W-20")
def test_message_goes_to_the_mobile_and_to_no_other_number(provider: Provider) -> None:
    people = [world.person(n, emergency_phone=f"138111100{n:02d}") for n in (1, 2)]
    world.submit_and_send(provider, world.first_filing(*people))
    world.move(provider.sandbox, world.NOON)
    numbers = Message.objects.order_by("phone__number").values_list("phone__number", flat=True)
    assert list(numbers) == ["13900000001"] * 2 + ["13900000002"] * 2


# ── Which number it comes from ───────────────────────────────────────────────


@pytest.mark.rule("C-06")
@pytest.mark.parametrize(
    ("phone", "sender"),
    [("13900000001", "106575000130"), ("18600000001", "10655113"), ("13300000001", "106598051001")],
)
def test_sender_is_that_of_the_network(provider: Provider, phone: str, sender: str) -> None:
    one = world.person(1, phone=phone)
    world.submit_and_send(provider, world.first_filing(one, one))
    assert list(Message.objects.values_list("phone__number", "sender")) == [(phone, sender)]


@pytest.mark.rule("C-07")
def test_virtual_operator_sends_by_its_host_network_from_a_varying_number(provider: Provider) -> None:
    one = world.person(1, phone="17000000001")
    senders = set()
    for domain in range(3):
        world.submit_and_send(provider, world.first_filing(one, one, domain=domain))
        senders |= set(Message.objects.values_list("sender", flat=True))
    assert [sender for sender in senders if not re.fullmatch(r"106598051001\d{4}", sender)] == []
    assert len(senders) > 1


# ── Without signal, with a filter ────────────────────────────────────────────


@pytest.mark.rule("C-10")
@pytest.mark.parametrize(
    ("switches", "status"),
    [
        ({}, "arrived"),
        ({"has_signal": False}, "held"),
        ({"has_spam_filter": True}, "swallowed"),
        ({"has_spam_filter": True, "in_other_handset": True}, "arrived"),
        ({"has_signal": False, "has_spam_filter": True}, "held"),
        ({"has_signal": False, "has_spam_filter": True, "in_other_handset": True}, "held"),
    ],
)
def test_switches_of_the_phone_decide_what_becomes_of_a_message(
    provider: Provider, switches: dict[str, bool], status: str
) -> None:
    filing = world.submit(provider, world.first_filing(1, 1))
    phones = provider.sandbox.phones
    phones.update(**switches)
    world.move(provider.sandbox, world.SENT)
    arrived_at = world.moment(world.SENT) if status == "arrived" else None
    assert list(Message.objects.values_list("status", "arrived_at")) == [(status, arrived_at)]
    assert world.states(filing) == {"演甲1": "open"}
