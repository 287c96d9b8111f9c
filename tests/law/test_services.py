"""By what APPs and 小程序 are known on their platforms."""

import pytest

from verification.law.services import (
    Platform,
    clean_identifier,
    clean_md5,
    clean_public_key,
    example,
    platforms_of,
)
from verification.law.words import ServiceType

PEM = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKyl\n-----END PUBLIC KEY-----"


def test_platforms_of_each_type() -> None:
    assert platforms_of(ServiceType.WEBSITE) == []
    assert [one.label for one in platforms_of(ServiceType.APP)] == ["安卓", "iOS", "鸿蒙"]
    assert [one.label for one in platforms_of(ServiceType.MINI_PROGRAM)] == ["微信", "支付宝", "百度", "抖音", "快手"]


GOOD = {
    Platform.ANDROID: ["com.example.app", "a.b", "Com.Example.App_1", " com.example.app "],
    Platform.IOS: ["com.example.app", "com.example-corp.1app", "A1.b"],
    Platform.HARMONY: ["com.example.app", "com.example.1app", "a.bc.def"],
    Platform.WECHAT: ["wx0123456789abcdef"],
    Platform.ALIPAY: ["2021000000000001", "2019010162000001"],
    Platform.BAIDU: ["10000001"],
    Platform.DOUYIN: ["tt0123456789abcdef", "tt0123456789abcdef01"],
    Platform.KUAISHOU: ["ks000000000000000001"],
}
BAD = {
    Platform.ANDROID: [
        "",
        "app",
        "com.1app",
        "com..app",
        "com.example.app.",
        "com.example-app",
        "com.例子",
        "a." + "b" * 254,
    ],
    Platform.IOS: ["", "app", "com..app", "com.example_app", ".com.app", "a." + "b" * 154],
    Platform.HARMONY: ["", "com.example", "a.b.cd", "1com.example.app", "com.example-app.x", "a.b." + "c" * 125],
    Platform.WECHAT: ["", "wx0123456789ABCDEF", "wx0123456789abcde", "wx0123456789abcdef0", "gh0123456789abcdef"],
    Platform.ALIPAY: ["", "202100000000000", "20210000000000012", "1921000000000001"],
    Platform.BAIDU: ["", "1000000", "100000012", "00000001"],
    Platform.DOUYIN: ["", "tt0123456789abcde", "tt0123456789abcdef0", "TT0123456789abcdef"],
    Platform.KUAISHOU: ["", "ks000000000000001", "ks000000000000000000001", "0000000000000000001"],
}


@pytest.mark.parametrize(("platform", "text"), [(platform, text) for platform, texts in GOOD.items() for text in texts])
def test_identifier_by_its_platforms_rules_is_taken(platform: Platform, text: str) -> None:
    assert clean_identifier(platform, text) == text.strip()


@pytest.mark.parametrize(("platform", "text"), [(platform, text) for platform, texts in BAD.items() for text in texts])
def test_other_identifier_is_told_what_a_right_one_looks_like(platform: Platform, text: str) -> None:
    with pytest.raises(ValueError, match="例如 ") as refused:
        clean_identifier(platform, text)
    sentence = str(refused.value)
    assert clean_identifier(platform, sentence.rpartition("例如 ")[2].removesuffix("。"))


@pytest.mark.parametrize(
    "text",
    [
        "0A1B2C3D4E5F60718293A4B5C6D7E8F9",
        "0a:1b:2c:3d:4e:5f:60:71:82:93:a4:b5:c6:d7:e8:f9",
        " 0A1B2C3D4E5F6071 8293A4B5C6D7E8F9\n",
    ],
)
def test_fingerprint_is_kept_in_one_form(text: str) -> None:
    assert clean_md5(text) == "0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9"


@pytest.mark.parametrize("text", ["", "0A1B", "G" * 32, "0" * 31, "0" * 33, "0A-1B" * 8])
def test_other_fingerprint_is_told_what_a_right_one_looks_like(text: str) -> None:
    with pytest.raises(ValueError, match="32 位十六进制") as refused:
        clean_md5(text)
    assert clean_md5(str(refused.value).rpartition("例如 ")[2].removesuffix("。"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ab" * 128, "AB" * 128),
        ("0x" + "ab" * 1024, "AB" * 1024),
        ("AB:CD " * 64, "ABCD" * 64),
        (PEM, PEM),
        (PEM.replace("\n", " "), PEM),
    ],
)
def test_public_key_is_taken_as_pem_or_modulus(text: str, kept: str) -> None:
    assert clean_public_key(text) == kept


@pytest.mark.parametrize(
    "text", ["", "AB" * 127, "AB" * 1025, "XY" * 128, PEM[:-5], PEM.replace("END PUBLIC", "END RSA PUBLIC")]
)
def test_other_public_key_is_told_what_a_right_one_looks_like(text: str) -> None:
    with pytest.raises(ValueError, match="PEM"):
        clean_public_key(text)


@pytest.mark.parametrize("platform", Platform)
def test_example_is_valid_always_the_same_and_one_of_many(platform: Platform) -> None:
    one = example(platform, 7)
    assert clean_identifier(platform, one.identifier) == one.identifier == example(platform, 7).identifier
    assert one.identifier != example(platform, 8).identifier
    if platform.type is ServiceType.APP:
        assert ".example." in one.identifier
        assert (clean_public_key(one.public_key), clean_md5(one.md5)) == (one.public_key, one.md5)
    else:
        assert (one.public_key, one.md5) == ("", "")
