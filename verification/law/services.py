"""互联网信息服务: by what an APP and a 小程序 are known on their platforms, and what a right one looks like (T-10).

Each check returns what is kept, or raises ``ValueError`` with a sentence that says what a right one looks like.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from verification.law.words import ServiceType

#: Characters of the longest identifier that a platform allows.
LONGEST_IDENTIFIER = 255
#: Bits of an RSA modulus that stores sign with.
_LEAST_BITS, _MOST_BITS = 1024, 8192
_HEX_OF_A_BYTE = 2
_MD5_DIGITS = 32
_PEM_LINE = 64
_PEM = re.compile(
    r"-----BEGIN (?P<what>(?:RSA |EC )?PUBLIC KEY|CERTIFICATE)-----\s*"
    r"(?P<body>[A-Za-z0-9+/=\s]+?)\s*-----END (?P=what)-----"
)


class Platform(StrEnum):
    """Where an APP or a 小程序 runs."""

    ANDROID = "android"
    IOS = "ios"
    HARMONY = "harmony"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    BAIDU = "baidu"
    DOUYIN = "douyin"
    KUAISHOU = "kuaishou"

    @property
    def label(self) -> str:
        """The customary name."""
        return _LABELS[self]

    @property
    def type(self) -> ServiceType:
        """What runs on it."""
        return ServiceType.APP if self in _OF_APPS else ServiceType.MINI_PROGRAM

    @property
    def identifier_label(self) -> str:
        """What the platform calls that by which it knows a service."""
        if self.type is ServiceType.MINI_PROGRAM:
            return "AppID"
        return "Bundle ID" if self is Platform.IOS else "包名"

    def called(self, identifier: str) -> str:
        """By what the platform knows a service, in words, e.g. 安卓包名 com.example.app or 微信 AppID wx….

        Between Chinese and Latin letters stands a blank.
        """
        between = " " if self.identifier_label.isascii() else ""
        return f"{self.label}{between}{self.identifier_label} {identifier}"


_LABELS = {
    Platform.ANDROID: "安卓",
    Platform.IOS: "iOS",
    Platform.HARMONY: "鸿蒙",
    Platform.WECHAT: "微信",
    Platform.ALIPAY: "支付宝",
    Platform.BAIDU: "百度",
    Platform.DOUYIN: "抖音",
    Platform.KUAISHOU: "快手",
}
_OF_APPS = frozenset({Platform.ANDROID, Platform.IOS, Platform.HARMONY})


def platforms_of(type_: ServiceType) -> Sequence[Platform]:
    """The platforms that a type of service runs on; none for a website."""
    return [] if type_ is ServiceType.WEBSITE else [platform for platform in Platform if platform.type is type_]


# ── What a platform knows a service by ───────────────────────────────────────


@dataclass(frozen=True)
class _Form:
    """How an identifier is written, and the sentence that says so."""

    pattern: re.Pattern[str]
    sentence: str


_FORMS = {
    Platform.ANDROID: _Form(
        re.compile(r"(?=.{1,255}$)[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+"),
        "安卓包名由至少两段组成，段间用点隔开，每段以字母开头，只含字母、数字和下划线，例如 com.example.app。",
    ),
    Platform.IOS: _Form(
        re.compile(r"(?=.{1,155}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"),
        "iOS 的 Bundle ID 由至少两段组成，段间用点隔开，只含字母、数字和连字符，例如 com.example.app。",
    ),
    Platform.HARMONY: _Form(
        re.compile(r"(?=.{7,128}$)[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9][A-Za-z0-9_]*){2,}"),
        "鸿蒙包名为 7 至 128 个字符，由至少三段组成，段间用点隔开，以字母开头，只含字母、数字和下划线，"
        "例如 com.example.app。",
    ),
    Platform.WECHAT: _Form(
        re.compile(r"wx[0-9a-f]{16}"),
        "微信小程序的 AppID 是 wx 加 16 位数字或小写字母 a 至 f，共 18 位，例如 wx0123456789abcdef。",
    ),
    Platform.ALIPAY: _Form(
        re.compile(r"20[0-9]{14}"),
        "支付宝小程序的 AppID 是以 20 开头的 16 位数字，例如 2021000000000001。",
    ),
    Platform.BAIDU: _Form(re.compile(r"[1-9][0-9]{7}"), "百度智能小程序的 AppID 是 8 位数字，例如 10000001。"),
    Platform.DOUYIN: _Form(
        re.compile(r"tt[0-9a-f]{16}([0-9]{2})?"),
        "抖音小程序的 AppID 是 tt 加 16 位数字或小写字母 a 至 f，有的后面还有两位数字，例如 tt0123456789abcdef01。",
    ),
    Platform.KUAISHOU: _Form(
        re.compile(r"ks[0-9]{16,20}"),
        "快手小程序的 AppID 是 ks 加 16 至 20 位数字，例如 ks000000000000000001。",
    ),
}


def clean_identifier(platform: Platform, text: str) -> str:
    """A package name, Bundle ID or AppID by its platform's own rules."""
    form = _FORMS[platform]
    if not form.pattern.fullmatch(text.strip()):
        raise ValueError(form.sentence)
    return text.strip()


def clean_md5(text: str) -> str:
    """The MD5 fingerprint of a certificate: thirty-two hex digits, kept in capitals, in pairs with colons between."""
    digits = re.sub(r"[:\s]", "", text).upper()
    if not re.fullmatch(rf"[0-9A-F]{{{_MD5_DIGITS}}}", digits):
        raise ValueError(
            "证书 MD5 指纹是 32 位十六进制数字（0 至 9、A 至 F），可以每两位用冒号隔开，"
            "例如 0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9。"
        )
    return ":".join(digits[place : place + _HEX_OF_A_BYTE] for place in range(0, _MD5_DIGITS, _HEX_OF_A_BYTE))


def clean_public_key(text: str) -> str:
    """The public key of a certificate as stores show it: PEM, or the modulus in hex digits."""
    if pem := _PEM.fullmatch(text.strip()):
        body = re.sub(r"\s", "", pem["body"])
        lines = [body[place : place + _PEM_LINE] for place in range(0, len(body), _PEM_LINE)]
        return "\n".join([f"-----BEGIN {pem['what']}-----", *lines, f"-----END {pem['what']}-----"])
    digits = re.sub(r"[:\s]", "", text).upper().removeprefix("0X")
    is_modulus = re.fullmatch(r"[0-9A-F]+", digits) is not None
    if not is_modulus or not _LEAST_BITS <= len(digits) * 4 <= _MOST_BITS:
        raise ValueError(
            "公钥可以填 PEM（以 -----BEGIN PUBLIC KEY----- 开头），也可以填应用商店显示的十六进制模数，"
            f"{_LEAST_BITS // 4} 至 {_MOST_BITS // 4} 位，只含 0 至 9 和 A 至 F。"
        )
    return digits


# ── Synthetic ones ───────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Example:
    """What a service of the exercise is known by on a platform: valid, and recognisable as an example."""

    platform: Platform
    identifier: str
    public_key: str = ""
    md5: str = ""


def example(platform: Platform, serial: int) -> Example:
    """The example with this serial, always the same; for a 小程序 without a certificate."""
    if platform.type is ServiceType.MINI_PROGRAM:
        return Example(platform, _EXAMPLES[platform].format(serial=serial))
    identifier = f"com.example.yanlian{serial}"
    seeds = (f"{platform} {identifier} {part}".encode() for part in range(_LEAST_BITS // 256 * 2))
    modulus = "".join(hashlib.sha256(seed).hexdigest() for seed in seeds).upper()
    return Example(
        platform, identifier, f"C0{modulus[2:]}", clean_md5(hashlib.sha256(identifier.encode()).hexdigest()[:32])
    )


_EXAMPLES = {
    Platform.WECHAT: "wx{serial:016d}",
    Platform.ALIPAY: "2021{serial:012d}",
    Platform.BAIDU: "1{serial:07d}",
    Platform.DOUYIN: "tt{serial:016d}",
    Platform.KUAISHOU: "ks{serial:018d}",
}
