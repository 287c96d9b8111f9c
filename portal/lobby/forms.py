"""The forms of the lobby. They check the shape; ``verification.worlds.sandboxes`` decides the rest."""

from typing import TypedDict

from django import forms
from django.http import QueryDict

from portal.shared.clock.fields import MomentField
from portal.shared.filing.review import ReviewFields
from portal.shared.visit.personal import CodeField
from verification.law.editions import editions
from verification.models import Participant, Role
from verification.worlds import sandboxes

ROLE_CHOICES = [(role.value, role.label) for role in Role]


class StartForm(ReviewFields):
    """A sandbox of one's own, or one for several; its bureau may decide by itself."""

    field_order = ("scenario", "starts_at", "pinned_edition", "name", "shared", "participant_name")

    scenario = forms.ChoiceField(
        label="演练情景",
        choices=lambda: [(scenario.id, scenario.title) for scenario in sandboxes.SCENARIOS.values()],
        error_messages={"required": "请选择演练情景。", "invalid_choice": "没有这个情景，请从列出的情景中选择。"},
    )
    starts_at = MomentField(
        label="开始时刻",
        required=False,
        help_text="北京时间。不填则从情景自带的时刻开始；开始以后时钟只能向前。",
        error_messages={"invalid": "请按“年-月-日 时:分”填写开始时刻，例如 2017-12-20 09:30。"},
    )
    pinned_edition = forms.ChoiceField(
        label="规则版本",
        required=False,
        choices=lambda: [("", "按省份和日期"), *((edition.id, edition.name) for edition in editions().values())],
        help_text="固定一个版本时，它代替日期，只适用于文件所列的省份；开始以后教员还可以更换。",
        error_messages={"invalid_choice": "没有这个规则版本，请从列出的版本中选择。"},
    )
    name = forms.CharField(label="演练环境名称", required=False, max_length=60)
    shared = forms.BooleanField(
        label="多人演练：得到一个加入码，其他人凭码加入，由您分配身份",
        required=False,
    )
    participant_name = forms.CharField(label="您的称呼", required=False, max_length=30)

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="start_%s")


class JoinForm(forms.Form):
    """Into the sandbox of somebody else."""

    join_code = CodeField(
        label="加入码",
        max_length=20,
        help_text="8 位字母和数字，由演练环境的建立者告诉您。",
        error_messages={"required": "请输入加入码。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label="您的称呼",
        max_length=30,
        help_text="其他参加者会看到，不必用真名。",
        error_messages={"required": "请输入您的称呼。"},
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="join_%s")


class RecoverForm(forms.Form):
    """Back into the sandbox that one made, from another browser."""

    join_code = CodeField(
        label="加入码",
        max_length=20,
        error_messages={"required": "请输入加入码。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    recovery_code = CodeField(
        label="恢复码",
        max_length=60,
        help_text="建立多人演练时显示过一次的那一串。",
        error_messages={"required": "请输入恢复码。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="recover_%s")


class Decided(TypedDict):
    """What somebody may do from now on."""

    roles: set[Role]
    may_move_clock: bool


class RolesForm(forms.Form):
    """What a participant may do, as the owner decides it."""

    roles = forms.MultipleChoiceField(
        label="身份", choices=ROLE_CHOICES, required=False, widget=forms.CheckboxSelectMultiple
    )
    may_move_clock = forms.BooleanField(label="可以拨时钟", required=False)

    @classmethod
    def of(cls, participant: Participant, data: QueryDict | None = None) -> "RolesForm":
        """The form for a participant, as it stands or as it was sent, with names of its own on a page of many."""
        initial = {"roles": [role.value for role in participant.roles], "may_move_clock": participant.may_move_clock}
        return cls(data, initial=initial, prefix=f"participant{participant.pk}")

    @property
    def decided(self) -> Decided:
        """What ``sandboxes.set_roles`` is given."""
        roles = {Role(role) for role in self.cleaned_data["roles"]}
        return {"roles": roles, "may_move_clock": self.cleaned_data["may_move_clock"]}

    def changes(self, participant: Participant) -> bool:
        """Whether the participant is to have other parts than now."""
        return self.decided != {"roles": set(participant.roles), "may_move_clock": participant.may_move_clock}
