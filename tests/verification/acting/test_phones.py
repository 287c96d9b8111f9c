import pytest

from tests import world
from verification.acting import phones
from verification.acting.phones import delete_message, inbox, not_arrived, switch
from verification.models import Filing, Message, Phone, Provider


@pytest.fixture
def filing(provider: Provider) -> Filing:
    """A filing of 演甲1 alone whose code is still to be sent."""
    return world.submit(provider, world.first_filing(1, 1))


@pytest.fixture
def phone(filing: Filing) -> Phone:
    return world.phone_of(filing.sandbox, 1)


def shown(phone: Phone) -> list[tuple[str, str]]:
    """What the phone shows: why it was sent, when it arrived."""
    return [(message.cause, world.shown(message.arrived_at)) for message in inbox(phone)]


def missing(phone: Phone) -> list[tuple[str, str]]:
    """What the phone does not show: why it was sent, and what became of it."""
    return [(message.cause, message.status) for message in not_arrived(phone)]


def test_inbox_shows_the_newest_first(filing: Filing, phone: Phone) -> None:
    world.move(filing.sandbox, "2017-12-21 13:00")
    assert shown(phone) == [("noon", world.NOON), ("first", world.SENT)]
    assert missing(phone) == []


@pytest.mark.rule("C-10")
def test_phone_without_signal_gets_everything_when_the_signal_is_back(filing: Filing, phone: Phone) -> None:
    switch(phone, has_signal=False, by=world.FILER)
    world.move(filing.sandbox, world.NOON)
    assert (shown(phone), missing(phone)) == ([], [("noon", "held"), ("first", "held")])
    world.move(filing.sandbox, "2017-12-21 15:00")
    phone = Phone.objects.get(pk=phone.pk)
    switch(phone, has_signal=True, by=world.FILER)
    assert shown(phone) == [("noon", "2017-12-21 15:00"), ("first", "2017-12-21 15:00")]
    assert missing(phone) == []
    assert world.messages(filing.sandbox) == [("演甲1", "first", world.SENT), ("演甲1", "noon", world.NOON)]


@pytest.mark.rule("C-10", "C-05")
def test_code_that_came_late_by_signal_is_good_until_its_deadline(filing: Filing, phone: Phone) -> None:
    switch(phone, has_signal=False, by=world.FILER)
    world.move(filing.sandbox, world.LAST_INSTANT)
    switch(Phone.objects.get(pk=phone.pk), has_signal=True, by=world.FILER)
    assert world.verify(filing, 1).outcome == "all_done"


@pytest.mark.rule("C-10")
@pytest.mark.parametrize("way", [{"has_spam_filter": False}, {"in_other_handset": True}])
def test_swallowed_message_must_be_sent_again(filing: Filing, phone: Phone, way: dict[str, bool]) -> None:
    switch(phone, has_spam_filter=True, by=world.FILER)
    world.move(filing.sandbox, world.SENT)
    assert (shown(phone), missing(phone)) == ([], [("first", "swallowed")])
    switch(Phone.objects.get(pk=phone.pk), **way, by=world.FILER)
    assert (shown(phone), missing(phone)) == ([], [("first", "swallowed")])
    assert world.send_again(filing, 1).outcome == "resent"
    assert (shown(phone), missing(phone)) == ([("manual", world.SENT)], [("first", "swallowed")])


@pytest.mark.rule("C-10")
def test_filter_swallows_what_was_held_when_the_signal_is_back(filing: Filing, phone: Phone) -> None:
    switch(phone, has_signal=False, has_spam_filter=True, by=world.FILER)
    world.move(filing.sandbox, world.SENT)
    switch(Phone.objects.get(pk=phone.pk), has_signal=True, by=world.FILER)
    assert (shown(phone), missing(phone)) == ([], [("first", "swallowed")])


@pytest.mark.rule("C-10")
def test_other_handset_shows_what_was_held_in_spite_of_the_filter(filing: Filing, phone: Phone) -> None:
    switch(phone, has_signal=False, has_spam_filter=True, in_other_handset=True, by=world.FILER)
    world.move(filing.sandbox, world.SENT)
    switch(Phone.objects.get(pk=phone.pk), has_signal=True, by=world.FILER)
    assert shown(phone) == [("first", world.SENT)]


@pytest.mark.rule("C-10")
def test_deleted_message_is_gone_and_its_code_must_be_sent_again(filing: Filing, phone: Phone) -> None:
    world.move(filing.sandbox, world.SENT)
    delete_message(Message.objects.get(), by=world.FILER)
    assert (shown(phone), missing(phone)) == ([], [("first", "arrived")])
    world.send_again(filing, 1)
    assert shown(phone) == [("manual", world.SENT)]


def test_deleting_twice_keeps_the_first_time(filing: Filing, phone: Phone) -> None:
    world.move(filing.sandbox, world.SENT)
    delete_message(Message.objects.get(), by=world.FILER)
    world.move(filing.sandbox, "2017-12-20 11:00")
    delete_message(Message.objects.get(), by=world.FILER)
    assert world.shown(Message.objects.get().deleted_at) == world.SENT


def test_switch_leaves_the_others_as_they_are(phone: Phone) -> None:
    switch(phone, has_spam_filter=True, by=world.FILER)
    switch(phone, in_other_handset=True, by=world.FILER)
    switch(phone, by=world.FILER)
    phone.refresh_from_db()
    assert (phone.has_signal, phone.has_spam_filter, phone.in_other_handset) == (True, True, True)


def test_switch_goes_by_the_phone_as_it_is_and_not_as_the_page_saw_it(filing: Filing, phone: Phone) -> None:
    old = Phone.objects.get(pk=phone.pk)
    switch(phone, has_signal=False, has_spam_filter=True, by=world.FILER)
    world.move(filing.sandbox, world.SENT)
    switch(old, has_signal=True, by=world.FILER)
    assert missing(old) == [("first", "swallowed")]
    assert old.has_spam_filter is True


def test_message_of_an_hour_ago_meets_the_phone_as_it_was_then(filing: Filing, phone: Phone) -> None:
    world.move_without_jobs(filing.sandbox, "2017-12-20 10:30")
    switch(Phone.objects.get(pk=phone.pk), has_signal=False, by=world.FILER)
    assert shown(phone) == [("first", world.SENT)]
    world.move(filing.sandbox, world.NOON)
    assert missing(phone) == [("noon", "held")]


def test_phones_are_masked_but_for_their_ends(phone: Phone) -> None:
    assert (phone.masked, str(phone)) == ("139****0001", "13900000001")
    assert phones.inbox(phone).count() == 0
