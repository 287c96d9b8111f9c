"""图形验证码: its tokens, its drawing, and the addresses under which it is seen and heard."""

from portal.portals.captcha.tokens import (
    DRAWINGS,
    LENGTH,
    SHOWN,
    Token,
    Verdict,
    check,
    draw_picture,
    issue,
    issue_shown,
    kept_picture,
    read,
    read_shown,
    sound,
    stand_in,
)

__all__ = [
    "DRAWINGS",
    "LENGTH",
    "SHOWN",
    "Token",
    "Verdict",
    "check",
    "draw_picture",
    "issue",
    "issue_shown",
    "kept_picture",
    "read",
    "read_shown",
    "sound",
    "stand_in",
]
