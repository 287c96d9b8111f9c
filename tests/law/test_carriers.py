import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.law.carriers import Carrier, carrier_of, problem_with, sender_for
from verification.law.editions import Cited, Edition, editions
from verification.law.words import Network

TELECOM, UNICOM, MOBILE = "106598051001", "10655113", "106575000130"


@pytest.fixture
def jd() -> Edition:
    return editions()["jd-2017"]


@pytest.mark.rule("C-06")
@pytest.mark.parametrize(
    ("phone", "network", "sender"),
    [
        ("13300000001", Network.TELECOM, TELECOM),
        ("18900000001", Network.TELECOM, TELECOM),
        ("19900000001", Network.TELECOM, TELECOM),
        ("13000000001", Network.UNICOM, UNICOM),
        ("18600000001", Network.UNICOM, UNICOM),
        ("16600000001", Network.UNICOM, UNICOM),
        ("13800000001", Network.MOBILE, MOBILE),
        ("15900000001", Network.MOBILE, MOBILE),
        ("19200000001", Network.MOBILE, MOBILE),
    ],
)
def test_sender_is_that_of_the_numbers_network(jd: Edition, phone: str, network: Network, sender: str) -> None:
    assert carrier_of(phone) == Carrier(network=network, is_virtual=False)
    assert sender_for(jd, phone, varying="0123") == sender


@pytest.mark.rule("C-07")
@pytest.mark.parametrize(
    ("phone", "network", "sender"),
    [
        ("17000000001", Network.TELECOM, TELECOM),
        ("17030000001", Network.MOBILE, MOBILE),
        ("17070000001", Network.UNICOM, UNICOM),
        ("17100000001", Network.UNICOM, UNICOM),
        ("16700000001", Network.UNICOM, UNICOM),
        ("16200000001", Network.TELECOM, TELECOM),
        ("16500000001", Network.MOBILE, MOBILE),
    ],
)
def test_sender_of_a_virtual_operator_varies_within_its_host_network(
    jd: Edition, phone: str, network: Network, sender: str
) -> None:
    assert carrier_of(phone) == Carrier(network=network, is_virtual=True)
    assert sender_for(jd, phone, varying="0123") == f"{sender}0123"


@pytest.mark.rule("C-07")
def test_sender_of_a_virtual_operator_is_fixed_where_the_edition_says_so(jd: Edition) -> None:
    senders = jd.senders.model_copy(update={"virtual_varies": Cited[bool](value=False, rule="C-09")})
    assert sender_for(jd.model_copy(update={"senders": senders}), "17000000001", varying="0123") == TELECOM


@pytest.mark.rule("V-13")
@pytest.mark.parametrize(
    "phone", ["", "1380000000", "138000000001", "23800000001", "+8613800000001", "1３800000001", "1٣800000001"]
)
def test_number_that_is_not_eleven_digits_beginning_with_one_belongs_to_none(phone: str) -> None:
    assert carrier_of(phone) is None
    assert problem_with(phone) == "手机号码应为 1 开头的 11 位数字，请核对后重新填写。"


@pytest.mark.parametrize("phone", ["10000000001", "12000000001", "14000000001", "16800000001"])
def test_number_of_a_block_that_no_carrier_has_is_refused(phone: str) -> None:
    assert carrier_of(phone) is None
    assert problem_with(phone) == "这个号段不属于国内任何运营商，请填写能收短信的国内手机号码。"


@pytest.mark.rule("C-06", "C-07")
@given(phone=st.from_regex(r"1[0-9]{10}", fullmatch=True))
def test_every_number_has_a_carrier_or_a_problem_and_never_both(phone: str) -> None:
    carrier = carrier_of(phone)
    assert (carrier is None) == (problem_with(phone) is not None)
    edition = editions()["jd-2017"]
    fixed = edition.senders.of(carrier.network if carrier else Network.MOBILE)
    assert sender_for(edition, phone, varying="0123") in (fixed, f"{fixed}0123")


@pytest.mark.rule("C-06")
def test_message_to_a_number_of_no_carrier_comes_from_the_one_number_of_mobile(jd: Edition) -> None:
    assert sender_for(jd, "12000000001", varying="0123") == "106575000130"


@pytest.mark.rule("V-13")
@pytest.mark.parametrize("phone", ["11000008000", "12005006843", "17951008000"])
def test_number_that_looks_like_a_call_abroad_is_refused_like_any_other_of_no_carrier(phone: str) -> None:
    assert carrier_of(phone) is None
    assert problem_with(phone) == "这个号段不属于国内任何运营商，请填写能收短信的国内手机号码。"
