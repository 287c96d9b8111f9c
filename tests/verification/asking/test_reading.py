"""What a provider types, as it is kept: the same whichever field it stands in, and by page and API alike."""

from dataclasses import replace

import pytest

from tests import world
from tests.world import person, site
from verification.asking import reading
from verification.models import FilingPart, Person, Provider

FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("０１０－１２３４５６７８", "010-12345678"),
        ("（０１０）１２３４５６７８", "(010)12345678"),
        ("010—12345678", "010-12345678"),
        ("+86　10  12345678 ", "+86 10 12345678"),
        ("\u202a13900000099\u202c", "13900000099"),
    ],
)
def test_emergency_phone_is_folded(provider: Provider, typed: str, kept: str) -> None:
    world.submit(provider, world.first_filing(person(1, emergency_phone=typed), 2))
    assert Person.objects.get(name="演甲1").emergency_phone == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("１９２．０．２．１０", "192.0.2.10"),
        ("192。0。2。10", "192.0.2.10"),
        (" 192.0.2. 10", "192.0.2.10"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
    ],
)
def test_server_ip_is_folded_to_its_one_spelling(provider: Provider, typed: str, kept: str) -> None:
    filing = world.submit(provider, replace(world.first_filing(), services=(site(1, 2, server_ip=typed),)))
    assert filing.parts.get(part="website").server_ip == kept


@pytest.mark.parametrize("typed", ["ｓｈｏｐ．example．com", "shop。Example.com.", " shop.example.com\u200b"])
def test_domain_is_folded(provider: Provider, typed: str) -> None:
    filing = world.submit(provider, replace(world.first_filing(), services=(site(1, 2, domain=typed),)))
    assert filing.parts.get(part="website").domain == "shop.example.com"


@pytest.mark.parametrize("typed", ["139-0000-0001", "+86 139 0000 0001", "１３９０００００００１", "139\u200b00000001"])
def test_phone_is_folded_as_on_the_portal(provider: Provider, typed: str) -> None:
    world.submit(provider, world.first_filing(person(1, phone=typed), 2))
    assert Person.objects.get(name="演甲1").phone == "13900000001"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 演　甲 ", "演甲"),
        ("欧阳 演 甲", "欧阳演甲"),
        ("阿依 · 古丽", "阿依·古丽"),
        ("John  Smith", "John Smith"),
        ("John　演甲", "John 演甲"),
        ("演甲 John Smith 乙", "演甲 John Smith 乙"),
        ("\U00020bb7 演", "\U00020bb7演"),
    ],
)
def test_blanks_go_between_chinese_characters_of_a_persons_name_only(provider: Provider, typed: str, kept: str) -> None:
    filing = world.submit(provider, world.first_filing(person(1, name=typed), 2))
    assert Person.objects.get(name=kept, phone=person(1).phone) == filing.parts.get(part="subject").person


def test_blanks_in_other_names_stay(provider: Provider) -> None:
    good = world.first_filing()
    assert good.subject is not None
    world.submit(provider, replace(good, subject=replace(good.subject, name=" 演练 公司 ")))
    assert FilingPart.objects.get(part="subject").name == "演练 公司"


@pytest.mark.parametrize("typed", ["陇ＩＣＰ备１６０００００１号", "陇icp备16000001号－１", "陇 ICP备16000001号—2"])
def test_number_on_record_is_folded(typed: str) -> None:
    assert reading.bare_number(typed) == "陇ICP备16000001号"


def test_whole_filing_typed_full_width_is_kept_half_width(provider: Provider) -> None:
    good = world.first_filing(person(1, emergency_phone="010-12345678"), 2)
    assert good.subject is not None
    wide = {
        name: str(value).translate(FULL_WIDTH)
        for name, value in vars(good.subject.person).items()
        if name in ("id_number", "phone", "emergency_phone")
    }
    typed = replace(good, subject=replace(good.subject, person=replace(good.subject.person, **wide)))
    typed = replace(typed, services=(site(1, 2, server_ip="192.0.2.1".translate(FULL_WIDTH)),))
    one, two = (world.submit(provider, each) for each in (good, typed))
    columns = ("name", "domain", "server_ip", "person__phone", "person__emergency_phone", "person__id_suffix")
    assert list(two.parts.values_list(*columns)) == list(one.parts.values_list(*columns))
