"""API keys: made and shown once, kept as digests, scoped to one provider in one sandbox, revocable.

A key belongs to the participant who made it, and opens no more than that one may do.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import QuerySet

from verification.models import ApiKey, IdempotentAnswer, Participant, Provider
from verification.refusals import Refused, refuse_if_machine_played
from verification.time.clock import real_now

#: Live keys that a provider may have.
MOST_KEYS = 20
#: How long an answer is kept for a request that is repeated.
ANSWERS_KEPT = timedelta(days=1)
_PREFIX = "drill_"
_BYTES = 32
_SHOWN = 12
_NAME_LENGTH = 60


@dataclass(frozen=True)
class NewKey:
    """A key just made; ``secret`` is shown to its owner now and never again."""

    key: ApiKey
    secret: str


def _digest(secret: str) -> str:
    # The keys are random and long: a plain digest cannot be guessed back, and can be looked up.
    return sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_key(provider: Provider, *, maker: Participant | None, name: str = "", may_move_clock: bool) -> NewKey:
    """Make a key for a provider, which belongs to its maker; ``may_move_clock`` as its maker may.

    Raises :class:`Refused` if there are enough, if the maker has been removed meanwhile, and where a machine plays.
    """
    refuse_if_machine_played(provider.sandbox)
    Provider.objects.select_for_update(no_key=True).get(pk=provider.pk)  # what is counted must not grow meanwhile
    if provider.api_keys.filter(revoked_at__isnull=True).count() >= MOST_KEYS:
        raise Refused(f"最多同时有 {MOST_KEYS} 个有效的密钥，请先吊销不用的。", code="too_many_keys")
    # Whoever removes the maker revokes the maker's keys first, and must find this one among them.
    if maker and not Participant.objects.select_for_update(no_key=True).filter(pk=maker.pk).first():
        raise Refused("您已不在这个演练环境中，请重新加入后再建立密钥。", code="removed")
    secret = _PREFIX + secrets.token_urlsafe(_BYTES)
    key = ApiKey.objects.create(
        provider=provider,
        participant=maker,
        name=name.strip()[:_NAME_LENGTH],
        prefix=secret[:_SHOWN],
        digest=_digest(secret),
        may_move_clock=may_move_clock,
        created_at=real_now(),
    )
    return NewKey(key=key, secret=secret)


def live_keys() -> QuerySet[ApiKey]:
    """The keys that have not been revoked, with provider and participant, oldest first."""
    live = ApiKey.objects.filter(revoked_at__isnull=True)
    return live.select_related("provider", "participant").order_by("id")


def find_key(secret: str) -> ApiKey | None:
    """The key with this secret, with its provider, sandbox and participant.

    ``None`` if it is unknown or revoked, its sandbox closed, or its participant plays the provider no more.
    """
    key = live_keys().select_related("provider__sandbox", "participant").filter(digest=_digest(secret)).first()
    if key is None or key.provider.sandbox.closed_at is not None or key.is_suspended:
        return None
    return key


def revoke_key(key: ApiKey) -> None:
    """Let a key open nothing any more."""
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=real_now())


def revoke_keys_of(participant: Participant) -> int:
    """Let none of a participant's keys open anything any more; returns how many that were."""
    return participant.api_keys.filter(revoked_at__isnull=True).update(revoked_at=real_now())


def forget_answers() -> int:
    """Delete the answers that are kept no longer for repeated requests; returns how many."""
    deleted, _ = IdempotentAnswer.objects.filter(created_at__lt=real_now() - ANSWERS_KEPT).delete()
    return deleted
