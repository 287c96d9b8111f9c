"""What a round's codes will be sent with, laid down when it begins: phone, sender, wording, short link."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from verification import seeds
from verification.law import carriers
from verification.law.editions import Edition
from verification.law.who import Target, Verification
from verification.models import Challenge, Filing, Phone, Sandbox
from verification.state.messages import text_for

#: Bytes of a short link's token (C-08).
_LINK_BYTES = 9


def prepare_challenges(filing: Filing, edition: Edition, verification: Verification) -> None:
    """Make a waiting challenge for each phone that the law names; its message is written but for the code."""
    numbers = [target.phone for target in verification.targets]
    Phone.objects.bulk_create(
        (Phone(sandbox=filing.sandbox, number=number) for number in numbers), ignore_conflicts=True
    )
    phones = {phone.number: phone for phone in Phone.objects.filter(sandbox=filing.sandbox, number__in=numbers)}
    _create(filing, edition, {phones[target.phone]: target for target in verification.targets})
    filing.mode = verification.mode.value
    filing.save(update_fields=["mode"])


def link_token(sandbox: Sandbox, number: str, round_: int, phone: str, *apart: int) -> str:
    """The token of a short link (C-08), from the filing's number, the round and the phone, and ``apart`` too."""
    return seeds.token(sandbox.seed, "link", number, round_, phone, *apart, size=_LINK_BYTES)


def _create(filing: Filing, edition: Edition, targets: Mapping[Phone, Target]) -> None:
    """Write the challenges. A short link is the site's: another sandbox of the same seed may have taken it already."""

    def write(*apart: int) -> None:
        with transaction.atomic():
            Challenge.objects.bulk_create(
                _waiting(filing, edition, target, phone, *apart) for phone, target in targets.items()
            )

    try:
        write()
    except IntegrityError:
        write(filing.sandbox_id)


def _waiting(filing: Filing, edition: Edition, target: Target, phone: Phone, *apart: int) -> Challenge:
    """A challenge whose short link follows from ``apart`` too."""
    key = (filing.number, filing.round, phone.number)
    token = link_token(filing.sandbox, *key, *apart) if edition.message.has_link else ""
    varying = seeds.digits(filing.sandbox.seed, "sender", *key, count=carriers.VARYING_DIGITS)
    return Challenge(
        filing=filing,
        sandbox=filing.sandbox,
        province=filing.province,
        round=filing.round,
        phone=phone,
        name=target.main.name,
        id_type=target.main.id_type,
        id_suffix=target.main.id_suffix,
        roles=",".join(sorted({role.part.value for role in target.roles})),
        sender=carriers.sender_for(edition, phone.number, varying=varying),
        link_token=token,
        text=text_for(edition, target, filing=filing, link_token=token),
    )
