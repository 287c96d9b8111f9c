"""种子: all that a sandbox draws follows from its seed and from what the drawn thing is for, and from nothing else.

A keyed hash (HMAC-SHA256) with the seed as its key: whoever has seen some of what was drawn cannot compute the rest.
No draw depends on how many came before it, so that neither late jobs nor chunks change what comes.
"""

import hmac
import json
from base64 import urlsafe_b64encode

#: What a draw is for, or which try it is; texts, numbers, and lists of them.
Key = str | int | list["Key"]


def digits(seed: str, what: str, *key: Key, count: int) -> str:
    """``count`` digits, leading zeros kept, for the thing that ``what`` and ``key`` name."""
    return f"{int.from_bytes(_draw(seed, what, *key)) % 10**count:0{count}d}"


def token(seed: str, what: str, *key: Key, size: int) -> str:
    """``size`` bytes (32 at most) in the letters of addresses, for the thing that ``what`` and ``key`` name."""
    return urlsafe_b64encode(_draw(seed, what, *key)[:size]).rstrip(b"=").decode()


def _draw(seed: str, what: str, *key: Key) -> bytes:
    return hmac.digest(seed.encode(), json.dumps([what, *key], ensure_ascii=False).encode(), "sha256")
