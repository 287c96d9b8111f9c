"""管局自动审核 as fields of a form and in words: for the trainer, the lobby that starts a sandbox, and the bureau."""

from typing import Any

from django import forms

from portal.shared.page.fields import WholeText
from verification.models.sandbox import MOST_WORKING_DAYS
from verification.refusals import SubmissionRefused
from verification.worlds.bureau import AutomaticReview, checked_review

_WHOLE = {"invalid": "请填写整数，例如 3。"}
_DIGITS = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})


class ReviewFields(forms.Form):
    """The setting as it is typed; once the form is valid, ``cleaned_data["review"]`` holds it, or ``None`` for off."""

    after_working_days = forms.IntegerField(
        label="管局几个工作日后自动审核",
        required=False,
        help_text=(
            f"1 至 {MOST_WORKING_DAYS}；不填则由管局人员审核。工作日指北京时间的周一至周五，不考虑法定节假日和调休。"
            "进入管局的当天不算，满期当天的同一时刻作出决定；周末进入的，下周一是第一个工作日。"
        ),
        error_messages=_WHOLE,
        widget=_DIGITS,
    )
    refuse_every = forms.IntegerField(
        label="每几份驳回一份",
        required=False,
        help_text=(
            "不填则全部通过。填 3，则申请编号后六位能被 3 整除的驳回，平均三份中一份；"
            "每重新提交一次，按这个数加 1 再算。与备案库矛盾的申请总是驳回。"
        ),
        error_messages=_WHOLE,
        widget=_DIGITS,
    )
    reason = WholeText(
        label="驳回原因",
        required=False,
        help_text="接入商会看到这段话。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    suggestion = WholeText(
        label="修改建议",
        required=False,
        help_text="按现行规则驳回时，接入商还会看到建议；较早的规则只有原因。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @classmethod
    def initial_of(cls, review: AutomaticReview | None) -> dict[str, Any]:
        """The fields as the setting fills them."""
        if review is None:
            return {}
        return {name: getattr(review, name) for name in ReviewFields.base_fields}

    def clean(self) -> dict[str, Any]:
        """Put the setting in the place of its fields; what is wrong with it stands beside the field."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        typed = {name: cleaned.pop(name, None) for name in ReviewFields.base_fields}
        if not self.errors.keys() & typed.keys():
            try:
                cleaned["review"] = checked_review(**typed)
            except SubmissionRefused as refused:
                for error in refused.errors:
                    self.add_error(error.path, error.sentence)
        return cleaned


def what_bureau_does(review: AutomaticReview) -> str:
    """What the bureau does by itself, as a sentence."""
    refused = f"每 {review.refuse_every} 份驳回一份" if review.refuse_every else "与备案库没有矛盾的都通过"
    return f"申请进入管局满 {review.after_working_days} 个工作日（周一至周五）后自动审核，{refused}。"
