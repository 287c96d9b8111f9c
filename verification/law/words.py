"""The closed vocabularies that the law, the data and the pages share."""

from enum import StrEnum


class Kind(StrEnum):
    """备案类型: what a filing asks for."""

    FIRST_FILING = "first_filing"
    ADD_SERVICE = "add_website"
    ADD_ACCESS = "add_access"
    CHANGE_FILING = "change_filing"
    CHANGE_SUBJECT = "change_subject"
    CHANGE_WEBSITE = "change_website"
    CHANGE_ACCESS = "change_access"
    CHANGE_PHONE = "change_phone"
    MOVE_DOMAIN = "move_domain"
    MOVE_WEBSITE = "move_website"
    CANCEL_SUBJECT = "cancel_subject"
    CANCEL_SERVICE = "cancel_website"
    CANCEL_ACCESS = "cancel_access"

    @property
    def label(self) -> str:
        """The customary Chinese name, for where no edition's own name (N-06) is at hand."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    Kind.FIRST_FILING: "首次备案",
    Kind.ADD_SERVICE: "新增网站",
    Kind.ADD_ACCESS: "新增接入",
    Kind.CHANGE_FILING: "变更备案",
    Kind.CHANGE_SUBJECT: "变更主体",
    Kind.CHANGE_WEBSITE: "变更网站",
    Kind.CHANGE_ACCESS: "变更接入",
    Kind.CHANGE_PHONE: "变更手机号码",
    Kind.MOVE_DOMAIN: "域名迁移",
    Kind.MOVE_WEBSITE: "网站迁移",
    Kind.CANCEL_SUBJECT: "注销主体",
    Kind.CANCEL_SERVICE: "注销网站",
    Kind.CANCEL_ACCESS: "取消接入",
}


class Situation(StrEnum):
    """细分情况: which case of a kind a request is. In the values, websites stand for services of any type."""

    ALWAYS = "always"
    SUBJECT_ONLY = "subject_only"
    SERVICES_ONLY = "websites_only"
    SUBJECT_AND_SERVICES = "subject_and_websites"
    REMARK_ONLY = "remark_only"
    ACCESS_ONLY = "access_only"
    SAME_PROVINCE = "same_province"
    OTHER_PROVINCE = "other_province"

    @property
    def label(self) -> str:
        """The Chinese name for tables and pages."""
        return _SITUATION_LABELS[self]

    @property
    def label_of_services(self) -> str:
        """The same where services of other types than websites are filed too (T-02)."""
        return _SITUATION_LABELS_OF_SERVICES[self]


_SITUATION_LABELS = {
    Situation.ALWAYS: "全部情况",
    Situation.SUBJECT_ONLY: "仅变更主体",
    Situation.SERVICES_ONLY: "仅变更网站",
    Situation.SUBJECT_AND_SERVICES: "主体和网站均变更",
    Situation.REMARK_ONLY: "仅变更备注",
    Situation.ACCESS_ONLY: "仅变更接入",
    Situation.SAME_PROVINCE: "不涉及变更省份",
    Situation.OTHER_PROVINCE: "涉及变更所在省",
}

#: Where services of other types are filed too (T-02).
_SITUATION_LABELS_OF_SERVICES = _SITUATION_LABELS | {
    Situation.SERVICES_ONLY: "仅变更服务",
    Situation.SUBJECT_AND_SERVICES: "主体和服务均变更",
}

#: Which situations a kind has; every edition that offers the kind must settle each of them, and no other.
SITUATIONS: dict[Kind, tuple[Situation, ...]] = {
    kind: (Situation.ALWAYS,) for kind in Kind if kind not in (Kind.CHANGE_FILING, Kind.CHANGE_SUBJECT)
} | {
    Kind.CHANGE_FILING: (
        Situation.SUBJECT_ONLY,
        Situation.SERVICES_ONLY,
        Situation.SUBJECT_AND_SERVICES,
        Situation.REMARK_ONLY,
        Situation.ACCESS_ONLY,
    ),
    Kind.CHANGE_SUBJECT: (Situation.SAME_PROVINCE, Situation.OTHER_PROVINCE),
}


class Part(StrEnum):
    """The part of a filing that a responsible person answers for: 主体, or a service that is filed under it.

    Services are websites in the first five editions, hence the value.
    """

    SUBJECT = "subject"
    SERVICE = "website"

    @property
    def role_label(self) -> str:
        """The Chinese name of the responsible person's role, for where no edition's own (T-02) is at hand."""
        return "主体负责人" if self is Part.SUBJECT else "网站负责人"


class ServiceType(StrEnum):
    """互联网信息服务: what is filed under a 主体 (T-02)."""

    WEBSITE = "website"
    APP = "app"
    MINI_PROGRAM = "mini_program"

    @property
    def label(self) -> str:
        """The customary name."""
        return {"website": "网站", "app": "APP", "mini_program": "小程序"}[self.value]

    def number_mark(self, serial: int) -> str:
        """What follows the 备案号 of the 主体 in that of its service: -3 of a website, -3A, -3X (T-11)."""
        return f"-{serial}{_NUMBER_MARKS[self]}"


_NUMBER_MARKS = {ServiceType.WEBSITE: "", ServiceType.APP: "A", ServiceType.MINI_PROGRAM: "X"}


class Mode(StrEnum):
    """Whether every named phone must pass, or one is enough (W-15)."""

    ALL = "all"
    ANY = "any"

    @property
    def label(self) -> str:
        """The Chinese wording for tables and pages."""
        return "全部通过" if self is Mode.ALL else "一人通过即可"


class Look(StrEnum):
    """The appearance of the portals in the time of an edition."""

    PILOT = "pilot"
    CARD = "card"
    NATIONAL = "national"

    @property
    def label(self) -> str:
        """The Chinese name for tables and pages."""
        return {"pilot": "试点", "card": "卡片", "national": "全国"}[self.value]


class Place(StrEnum):
    """Where one verifies in the time of an edition: on the province's portal, on either, or on the national one."""

    PROVINCE = "province"
    EITHER = "either"
    NATION = "nation"

    @property
    def label(self) -> str:
        """The Chinese wording for tables and pages."""
        return {"province": "省管局网站", "either": "全国网站或省管局网站", "nation": "全国网站"}[self.value]


class Outcome(StrEnum):
    """What the portal answers to an entry or to a request for another message."""

    PARTIAL = "partial"
    ALL_DONE = "all_done"
    ALREADY_DONE = "already_done"
    NOT_FOUND = "not_found"
    WRONG_ID = "wrong_id"
    WRONG_CODE = "wrong_code"
    FAILED = "failed"
    RESENT = "resent"
    NOTHING_TO_RESEND = "nothing_to_resend"
    QUOTA_USED_UP = "quota_used_up"
    # The site's own answers, in no document: the pause between re-sends, the guard against guessing (V-18).
    TOO_SOON = "too_soon"
    TRY_LATER = "try_later"

    @property
    def is_success(self) -> bool:
        """Whether the page shows the green tick."""
        return self in (Outcome.PARTIAL, Outcome.ALL_DONE, Outcome.ALREADY_DONE, Outcome.RESENT)


#: Outcomes whose wording belongs to an edition; the others are the site's own.
EDITION_OUTCOMES = tuple(o for o in Outcome if o not in (Outcome.TOO_SOON, Outcome.TRY_LATER))


class IdType(StrEnum):
    """证件类型 of a responsible person."""

    RESIDENT_ID = "resident_id"
    HK_MACAU_PERMIT = "hk_macau_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    PASSPORT = "passport"

    @property
    def label(self) -> str:
        """The document's official Chinese name."""
        return _ID_TYPE_LABELS[self]


_ID_TYPE_LABELS = {
    IdType.RESIDENT_ID: "居民身份证",
    IdType.HK_MACAU_PERMIT: "港澳居民来往内地通行证",
    IdType.TAIWAN_PERMIT: "台湾居民来往大陆通行证",
    IdType.PASSPORT: "护照",
}


class Network(StrEnum):
    """运营商 whose network carries a message."""

    TELECOM = "telecom"
    UNICOM = "unicom"
    MOBILE = "mobile"

    @property
    def label(self) -> str:
        """The short Chinese name."""
        return {"telecom": "电信", "unicom": "联通", "mobile": "移动"}[self.value]
