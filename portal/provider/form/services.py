"""The fields of a service as its provider types them: a 网站, an APP or a 小程序, new or on record.

The names of the fields are paths in the submission, as in :mod:`portal.provider.form.fields`, but for the platforms of
an APP: on the page each has its place, of which some are chosen.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict

from portal.provider.form.fields import CHOOSE, Choice, Initial, PathForm, PersonFields, PersonForm, Text
from verification.asking import changes, reading
from verification.asking.drafting import platforms_in
from verification.asking.submissions import PersonData, PlatformData, ServiceData, ServicesNeed
from verification.law.editions import Edition
from verification.law.services import Platform, example, platforms_of
from verification.law.words import Part, ServiceType
from verification.models import Provider, Service

_CHOSEN_LABELS = {
    ServicesNeed.CHANGE: "变更这个{}",
    ServicesNeed.ACCESS: "为这个{}新增接入",
    ServicesNeed.PICK: "选择这个{}",
}
_OF_MINI_PROGRAMS = [(each.value, each.label) for each in platforms_of(ServiceType.MINI_PROGRAM)]
#: So many characters of a public key on record are shown, by which one knows it again.
_BEGINNING = 40
_BETWEEN_DOMAINS = re.compile(r"[\s,，、;；]+")
_PLATFORM_ERROR = re.compile(r"^platforms\.(?P<index>[0-9]+)\.(?P<name>\w+)$")


def _domains(typed: str) -> list[str]:
    """Several domains that were typed into one field."""
    return [reading.domain(each) for each in _BETWEEN_DOMAINS.split(reading.line(typed)) if each]


def _one_line_of_domains(typed: str) -> str:
    return "、".join(_domains(typed))


@dataclass(frozen=True)
class ServiceFields:
    """What a kind asks about services under an edition, and what persons it asks about."""

    need: ServicesNeed
    edition: Edition
    persons: PersonFields
    may_be_same_person: bool

    @property
    def types(self) -> tuple[ServiceType, ...]:
        """The types that can be chosen for a new service."""
        return self.edition.service_types if self.need is ServicesNeed.NEW else ()


class PlatformForm(PathForm):
    """By what one platform knows the service. An APP has one for each platform, of which some are ``chosen``.

    A 小程序 has one alone, in which its ``platform`` is chosen.
    """

    chosen = forms.BooleanField(required=False)
    platform = Choice(
        label="运行平台",
        choices=[CHOOSE, *((each.value, each.label) for each in platforms_of(ServiceType.MINI_PROGRAM))],
    )
    identifier = Text(label="AppID", read=reading.identifier, help_text="在平台的开发者后台查看，微信的以 wx 开头。")
    public_key = Text(
        label="公钥",
        read=reading.public_key,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="PEM，或应用商店显示的十六进制模数。",
    )
    md5 = Text(label="证书 MD5 指纹", read=reading.md5, help_text="32 位十六进制数字，可以每两位用冒号隔开。")

    def __init__(
        self,
        data: QueryDict | None,
        *,
        path: str,
        platform: Platform | None,
        on_record: Collection[PlatformData],
        before: Collection[PlatformData],
    ) -> None:
        own = [each for each in before if platform is None or each.platform == platform]
        initial = asdict(own[0]) if own else {}
        known = [each for each in on_record if platform is None or each.platform == platform]
        super().__init__(data, path=path, initial=initial | {"chosen": bool(own or known)})
        self.fixed_platform, self.known = platform, known[0] if known else None
        self.keep({"platform", "identifier"} if platform is None else {"chosen", "identifier", "public_key", "md5"})
        if platform is not None:
            self.fields["chosen"].label = f"有{platform.label}版"
            self.fields["identifier"].label = platform.identifier_label
            self.fields["identifier"].help_text = f"例如 {example(platform, 1).identifier}。"
        if self.known is not None:
            platform_label = Platform(self.known.platform).label
            key = f"{self.known.public_key[:_BEGINNING]}…" if self.known.public_key else ""
            self.stand_on(asdict(self.known) | {"platform": platform_label, "public_key": key})

    @property
    def title(self) -> str:
        """The platform's name; empty where it is one of the fields."""
        return self.fixed_platform.label if self.fixed_platform else ""

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """The fields without the tick."""
        return [field for field in self if field.name != "chosen"]

    @property
    def has_typed(self) -> bool:
        """Whether anything was typed beside the tick."""
        return any(self.typed("platform", "identifier", "public_key", "md5").values())

    @property
    def is_wanted(self) -> bool:
        """Whether the service runs on this platform."""
        return bool(self.cleaned_data.get("chosen")) or self.has_typed

    @property
    def main_field(self) -> str:
        """The field that says that the service runs on this platform."""
        return "chosen" if self.fixed_platform else "platform"

    def platform_data(self) -> PlatformData:
        """What was typed; a platform that was left blank is the one on record."""
        typed = self.typed("platform", "identifier", "public_key", "md5")
        known = self.known.platform if self.known else ""
        return PlatformData(**typed | {"platform": self.fixed_platform or typed["platform"] or known})


class ServiceForm(PathForm):
    """A service, with its responsible person in ``person_form`` where the kind asks for one.

    A service on record has ``chosen``; where the record is unknown, its ``serial`` is typed.
    """

    type = Choice(label="服务类型")
    serial = forms.IntegerField(required=False, min_value=1, max_value=99_999, help_text="备案号中“-”后面的数字。")
    chosen = forms.BooleanField(required=False)
    name = Text()
    domain = Text(label="域名", read=reading.domain, help_text="例如 example.com，不带 http://。")
    domains = Text(
        label="使用的域名",
        read=_one_line_of_domains,
        required=False,
        help_text="多个域名用逗号隔开。",
    )
    server_ip = Text(label="服务器 IP 地址", read=reading.server_ip, required=False)
    remark = Text(label="备注", required=False)
    same_person = forms.BooleanField(required=False)

    def __init__(
        self,
        data: QueryDict | None,
        *,
        path: str,
        asked: ServiceFields,
        type_: ServiceType,
        on_record: Service | None,
        provider: Provider,
        initial: Initial = None,
    ) -> None:
        initial = dict(initial or {})
        person, before = initial.pop("person", None), initial.pop("platforms", ())
        initial["domains"] = "、".join(initial.get("domains") or ())
        initial["type"] = type_.value
        if on_record is not None and initial.get("remark") is None:
            initial["remark"] = on_record.remark
        super().__init__(data, path=path, initial=initial)
        self.asked, self.need, self.service_type, self.on_record = asked, asked.need, type_, on_record
        self.is_served = False  # by this provider, where that is the question
        self.keep(self._names())
        self._name_fields()
        self._show_record(provider)
        self.person_form = (
            PersonForm(
                data,
                path=f"{path}.person",
                asked=asked.persons,
                on_record=on_record.responsible if on_record else None,
                initial=person,
            )
            if self.need is not ServicesNeed.PICK and asked.persons.names
            else None
        )
        self.platform_forms = list(self._platform_forms(data, platforms_in(before)))

    # ── What it asks ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _names(self) -> set[str]:
        domain = "domain" if self.service_type is ServiceType.WEBSITE else "domains"
        kept = {
            ServicesNeed.NEW: {"name", domain, "server_ip", "remark"},
            ServicesNeed.CHANGE: {"serial", "chosen", "name", domain, "server_ip", "remark"},
            ServicesNeed.ACCESS: {"serial", "chosen", "server_ip"},
            ServicesNeed.PICK: {"serial", "chosen"},
        }[self.need]
        if self.asked.persons.only:
            kept &= {"serial", "chosen", *self.asked.persons.only}
        if self.asked.may_be_same_person:
            kept.add("same_person")
        if len(self.asked.types) > 1:
            kept.add("type")
        if self.on_record is None:
            kept.discard("chosen")
        return kept

    def _name_fields(self) -> None:
        """What the fields are called for a service of this type."""
        word, person = self.asked.edition.service_word, self.role_label
        labels = {
            "serial": f"{word}序号",
            "chosen": _CHOSEN_LABELS.get(self.need, "").format(self.service_type.label),
            "name": f"{self.service_type.label}名称",
            "same_person": f"{person}与主体负责人为同一人",
        }
        if self.service_type is ServiceType.APP:
            self._show_help("domains", "由接入商提供服务的域名，多个用逗号隔开；没有的，请填服务器 IP 地址。")
        for name in labels.keys() & set(self.fields):
            self.fields[name].label = labels[name]
        if (chosen := self.fields.get("type")) is not None:
            assert isinstance(chosen, forms.ChoiceField)
            chosen.choices = [(each.value, each.label) for each in self.asked.types]
            chosen.widget.attrs["data-swap-on-change"] = "retype"

    def _show_record(self, provider: Provider) -> None:
        site = self.on_record
        if site is None:
            return
        self.fields["serial"].widget = forms.HiddenInput()
        live = [access for access in site.accesses.all() if access.cancelled_at is None]
        if self.need is ServicesNeed.CHANGE:
            own = (access.server_ip for access in live if access.provider_id == provider.pk)
            domains = {"domain": site.domain, "domains": "、".join(site.domains)}
            self.stand_on({"name": site.name, **domains, "server_ip": next(own, "")})
        if self.need is ServicesNeed.ACCESS:
            self.is_served = any(access.provider_id == provider.pk for access in live)
            self._show_help("chosen", "已由本接入商接入，无需再次办理。" if self.is_served else "")
            served = "、".join(access.server_ip for access in live if access.server_ip)
            self._show_help("server_ip", f"其他接入商的地址：{served}。" if served else "")

    def _platform_forms(self, data: QueryDict | None, before: Collection[PlatformData]) -> Iterator[PlatformForm]:
        asks = self.need in (ServicesNeed.NEW, ServicesNeed.CHANGE) and not self.asked.persons.only
        if not asks or self.service_type is ServiceType.WEBSITE:
            return
        places: Mapping[str, Platform | None] = {each.value: each for each in platforms_of(self.service_type)}
        if self.service_type is ServiceType.MINI_PROGRAM:
            places = {"0": None}
        on_record = platforms_in(changes.platforms_of(self.on_record)) if self.on_record else ()
        for place, platform in places.items():
            path = f"{self.path}.platforms.{place}"
            yield PlatformForm(data, path=path, platform=platform, on_record=on_record, before=before)

    # ── What it shows ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def role_label(self) -> str:
        """What the responsible person is called."""
        return self.asked.edition.role_label(Part.SERVICE)

    @property
    def index(self) -> str:
        """The number in the service's path, which stays when others are taken out."""
        return self.path.rpartition(".")[2]

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """The fields of the service itself, without its type, the two ticks and a serial that is known."""
        apart = ("type", "chosen", "same_person")
        return [field for field in self if field.name not in apart and not field.is_hidden]

    @property
    def forms(self) -> Iterator[PathForm]:
        """The form with those that belong to it, in the order of the page."""
        yield self
        yield from self.platform_forms
        if self.person_form is not None:
            yield self.person_form

    def path_of(self, rest: str) -> str:
        """Where a field stands on the page that a mistake names by its path within the service."""
        if match := _PLATFORM_ERROR.match(rest):
            form, name = self.wanted_platforms[int(match["index"])], match["name"]
            return f"{form.path}.{form.main_field if name == 'platform' else name}"
        if rest == "platforms" and self.platform_forms:
            return f"{self.platform_forms[0].path}.{self.platform_forms[0].main_field}"
        return f"{self.path}.{'domains' if rest.startswith('domains.') else rest}"

    # ── What was typed ───────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def wanted_platforms(self) -> list[PlatformForm]:
        """The platforms that were chosen or filled in; kept, since a field with a mistake has no value any more."""
        return [form for form in self.platform_forms if form.is_wanted]

    @property
    def is_same_person(self) -> bool:
        """Whether the person of the 主体 stands in for this service's."""
        return "same_person" in self.fields and bool(self["same_person"].value())

    @property
    def is_wanted(self) -> bool:
        """Whether the request concerns this service: a new one always; one on record if chosen or filled in."""
        if self.need is ServicesNeed.NEW or self.cleaned_data.get("chosen"):
            return True
        typed: list[Any] = [*self.typed("name", "domain", "domains", "server_ip").values()]
        typed += asdict(self.person_form.person()).values() if self.person_form else []
        typed += [form.has_typed for form in self.wanted_platforms]
        if self.on_record is None:
            # A serial of a wrong form must be looked at, so that its mistake is shown.
            return any(typed) or bool(self.data.get(self.add_prefix("serial")))
        # Without its tick, a script leaves a service's fields out of what is sent.
        has_remark = "remark" in self.fields and self.add_prefix("remark") in self.data
        return any(typed) or (has_remark and self.typed("remark")["remark"] != self.on_record.remark)

    def service(self, same_person: PersonData | None) -> ServiceData:
        """What was typed, with the person of the 主体 where that is the same."""
        own = self.person_form.person() if self.person_form else PersonData()
        typed = self.typed("name", "domain", "server_ip")
        return ServiceData(
            type=self.service_type.value,
            name=typed["name"],
            domain=typed["domain"],
            domains=tuple(_domains(self.typed("domains")["domains"])),
            platforms=tuple(form.platform_data() for form in self.wanted_platforms),
            server_ip=typed["server_ip"],
            remark=self.remark_typed(),
            person=same_person if self.is_same_person and same_person else own,
            serial=self.cleaned_data.get("serial"),
        )
