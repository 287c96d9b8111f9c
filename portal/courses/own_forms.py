"""Forms for exercises of one's own: its text, and which of them a class does."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from portal.shared.page.fields import WholeText
from training.files import Exercise
from training.models import Trainee
from training.reading import MOST_BYTES
from training.shelf import offered
from training.words import Way

_KB = MOST_BYTES // 1024


class TextForm(forms.Form):
    """The text of an exercise, typed or as a file; what a file holds stands in the text field when it comes back."""

    file = forms.FileField(
        label="从文件读入",
        required=False,
        help_text=f"一个 UTF-8 文本文件，最多 {_KB} kB。选了文件，就以文件为准，下面写的不算。",
        error_messages={"empty": "这个文件是空的，请另选一个。"},
        widget=forms.FileInput(attrs={"accept": ".toml,text/plain"}),
    )
    text = WholeText(
        label="练习的正文",
        strip=False,
        error_messages={"required": "请写练习的正文，或者选一个文件；也可以从现成的练习改起。"},
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "wrap": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = not self.files

    def clean_file(self) -> str:
        """What the file says."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is None:
            return ""
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(f"文件最多 {_KB} kB，请缩短以后再上传。")
        try:
            return str(file.read(), "utf-8-sig")
        except UnicodeDecodeError:
            raise ValidationError("这个文件不是 UTF-8 编码的，请在编辑器里另存为 UTF-8。") from None

    def clean(self) -> dict[str, Any]:
        """Take the file's text for the text, in the lines of every system."""
        cleaned: dict[str, Any] = self.cleaned_data
        if not self.errors:
            text = str(cleaned.get("file") or cleaned.get("text", ""))
            cleaned["text"] = text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip() + "\n"
            self.data = {**self.data, "text": text}
        return cleaned


class TaskForm(forms.Form):
    """One of a trainer's own exercises, for a class that goes on."""

    exercise = forms.ChoiceField(
        label="练习",
        choices=[],
        error_messages={"required": "请选一个练习。", "invalid_choice": "没有这个练习，请从列表中选择。"},
    )
    way = forms.ChoiceField(
        label="怎样做",
        choices=[(way.value, way.label) for way in Way],
        error_messages={"required": "请选择练习或考核。", "invalid_choice": "请选择练习或考核。"},
    )

    def __init__(self, *args: Any, trainer: Trainee, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["exercise"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = found = choices_of(trainer)
        self.has_choices = bool(found)


def choices_of(trainer: Trainee | None) -> Sequence[tuple[str, str]]:
    """The exercises that a trainer has written and offers to classes, to choose from."""
    return [(exercise.name, called(exercise)) for exercise in offered_by(trainer)]


def offered_by(trainer: Trainee | None) -> Sequence[Exercise]:
    """Those exercises."""
    names = trainer.own_exercises.exclude(offered="").values_list("name", flat=True) if trainer else ()
    return list(offered(list(names)).values())


def called(exercise: Exercise) -> str:
    """An exercise in a list to choose from."""
    return f"{exercise.sentences.title}（约 {exercise.minutes} 分钟）"
