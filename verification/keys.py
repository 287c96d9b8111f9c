"""API keys: made and shown once, kept as digests, scoped to one provider in one sandbox, revocable."""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from verification.clock import real_now
from verification.models import ApiKey, Provider

_PREFIX = "drill_"
_BYTES = 32
_SHOWN = 12


@dataclass(frozen=True)
class NewKey:
    """A key just made; ``secret`` is shown to its owner now and never again."""

    key: ApiKey
    secret: str


def _digest(secret: str) -> str:
    # The keys are random and long: a plain digest cannot be guessed back, and can be looked up.
    return sha256(secret.encode()).hexdigest()


def make_key(provider: Provider, *, name: str = "") -> NewKey:
    """Make a key for a provider."""
    secret = _PREFIX + secrets.token_urlsafe(_BYTES)
    key = ApiKey.objects.create(
        provider=provider, name=name.strip()[:60], prefix=secret[:_SHOWN], digest=_digest(secret), created_at=real_now()
    )
    return NewKey(key=key, secret=secret)


def find_key(secret: str) -> ApiKey | None:
    """The key with this secret, with its provider and sandbox; ``None`` if unknown, revoked, or its sandbox closed."""
    good = ApiKey.objects.filter(revoked_at__isnull=True, provider__sandbox__closed_at__isnull=True)
    return good.select_related("provider__sandbox").filter(digest=_digest(secret)).first()


def revoke_key(key: ApiKey) -> None:
    """Let a key open nothing any more."""
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=real_now())
