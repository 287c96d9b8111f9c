"""Who learns, what they are at, and what of it is kept."""

import secrets

from django.db import models

from training.words import Way
from verification.models import Participant, Sandbox


def new_trainee_key() -> str:
    """128 bits that nobody guesses."""
    return secrets.token_hex(16)


#: Without what is mistaken for one another when read out, written down or typed: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
CODE_ALPHABET = "ACDEFGHJKMNPQRTWXY34679"
CODE_LENGTH = 10


def new_link() -> str:
    """128 bits that nobody guesses, as they stand in an address."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    """A code to write down and type on another device: about 45 bits, so tries of it are limited."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


class Trainee(models.Model):
    """A person who learns, over sandboxes and devices; known by a random key alone.

    ``link`` and ``code`` let another browser be the same; they are kept in the clear, since they are shown again at any
    time. ``name`` is what they call themselves, for nobody else to see.
    """

    key = models.CharField("密钥", max_length=32, unique=True, default=new_trainee_key)
    link = models.CharField("个人链接", max_length=22, unique=True, default=new_link)
    code = models.CharField("代码", max_length=CODE_LENGTH, unique=True, default=new_code)
    name = models.CharField("称呼", max_length=30, blank=True)
    created_at = models.DateTimeField("建立的真实时刻")
    last_used_at = models.DateTimeField("最近使用的真实时刻")

    class Meta:
        verbose_name = "学员"
        verbose_name_plural = "学员"
        indexes = [
            # read by tries.forget_unused
            models.Index(fields=["last_used_at"], name="trainee_last_used"),
        ]

    def __str__(self) -> str:
        return self.name or f"学员 {self.pk}"


class Kind(models.TextChoices):
    """What a class does: exercises, each alone or a group together, or free practice, each alone or all in one."""

    ALONE = "alone", "做练习，每人一个环境"
    GROUP = "group", "分小组合做一个练习"
    FREE = "free", "自由演练，每人一个环境"
    TOGETHER = "together", "自由演练，全班在一个环境里"


class Part(models.TextChoices):
    """What somebody does where several share a sandbox: one of its parts, or moving its clock."""

    FILER = "filer", "办理人"
    PROVIDER = "provider", "接入商"
    BUREAU = "bureau", "管局"
    CLOCK = "clock", "拨时钟"


class Course(models.Model):
    """班级: exercises or free practice for all who join. Closing deletes it and all that hangs on it.

    ``tasks`` are pairs of an exercise's name and a way, in their order; ``at`` is the number of the one to which the
    trainer leads all, 0 for none. Since ``paused_at`` all are asked to wait. Free practice has a ``scenario`` instead;
    where all practise in one ``sandbox``, whoever joins has these ``parts`` in it. Before ``begins_at`` and from
    ``ends_at`` on nothing is begun, both in real time.
    """

    name = models.CharField("名称", max_length=40)
    code = models.CharField("班级码", max_length=CODE_LENGTH, unique=True, default=new_code)
    kind = models.CharField("做什么", max_length=8, choices=Kind, default=Kind.ALONE)
    tasks = models.JSONField("练习", default=list)
    at = models.PositiveSmallIntegerField("带到第几个练习", default=0)
    paused_at = models.DateTimeField("暂停的真实时刻", null=True, blank=True)
    scenario = models.CharField("情景", max_length=20, blank=True)
    parts = models.JSONField("身份", default=list)
    sandbox = models.OneToOneField(Sandbox, on_delete=models.SET_NULL, null=True, blank=True, related_name="course")
    begins_at = models.DateTimeField("开始的真实时刻", null=True, blank=True)
    ends_at = models.DateTimeField("结束的真实时刻", null=True, blank=True)
    created_at = models.DateTimeField("建立的真实时刻")

    class Meta:
        verbose_name = "班级"
        verbose_name_plural = "班级"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(begins_at__isnull=True)
                | models.Q(ends_at__isnull=True)
                | models.Q(ends_at__gt=models.F("begins_at")),
                name="course_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"班级 {self.pk}"

    @property
    def is_group(self) -> bool:
        """Whether its members work in groups, each of which is judged as one."""
        return self.kind == Kind.GROUP

    @property
    def is_free(self) -> bool:
        """Whether its members practise as they like; there is nothing to judge then."""
        return self.kind in (Kind.FREE, Kind.TOGETHER)


class ClosedCourse(models.Model):
    """What is left of a class for a day, so that whoever comes too late is told why: by its code, or by a try's id.

    ``to_erase`` are ids, by what they are ids of, until all that had them is gone from files and keys too.
    """

    code = models.CharField("班级码", max_length=CODE_LENGTH, unique=True)
    closed_at = models.DateTimeField("结束的真实时刻")
    tries = models.JSONField("练习记录", default=list)
    to_erase = models.JSONField("还要清除的", default=dict)

    class Meta:
        verbose_name = "结束了的班级"
        verbose_name_plural = "结束了的班级"

    def __str__(self) -> str:
        return f"结束了的班级 {self.pk}"


class OwnExercise(models.Model):
    """自己的练习: an exercise that somebody has written. Its texts are of their digests, and are never changed.

    ``newest`` is the text that its owner edits and tries, ``offered`` the one that classes take; blank where none is.
    """

    NAME_LENGTH = 24

    owner = models.ForeignKey(Trainee, on_delete=models.CASCADE, related_name="own_exercises")
    name = models.CharField("名字", max_length=NAME_LENGTH, unique=True)
    title = models.CharField("标题", max_length=20)
    newest = models.CharField("最新的一版", max_length=16)
    offered = models.CharField("给班级用的一版", max_length=16, blank=True)
    changed_at = models.DateTimeField("最近修改的真实时刻")

    class Meta:
        verbose_name = "自己的练习"
        verbose_name_plural = "自己的练习"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class OwnText(models.Model):
    """A text of such an exercise, as it was read without a mistake; kept while it is the newest, offered, or tried."""

    exercise = models.ForeignKey(OwnExercise, on_delete=models.CASCADE, related_name="texts")
    digest = models.CharField("摘要", max_length=16)
    text = models.TextField("正文")
    made_at = models.DateTimeField("写成的真实时刻")

    class Meta:
        verbose_name = "练习的一版"
        verbose_name_plural = "练习的各版"
        constraints = [models.UniqueConstraint(fields=["exercise", "digest"], name="own_text_once_a_digest")]
        indexes = [
            # read by own.forget_old
            models.Index(fields=["made_at"], name="own_text_made_at"),
        ]

    def __str__(self) -> str:
        return f"{self.exercise} {self.digest}"


class Desk(models.Model):
    """教员台: whose class it is."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="desks")
    trainee = models.ForeignKey(Trainee, on_delete=models.CASCADE, related_name="desks")

    class Meta:
        verbose_name = "教员台"
        verbose_name_plural = "教员台"
        constraints = [models.UniqueConstraint(fields=["course", "trainee"], name="desk_once_a_trainee")]

    def __str__(self) -> str:
        return f"{self.course} {self.trainee}"


class Member(models.Model):
    """A trainee in a class, under a nickname that is kept nowhere else.

    ``word`` is what the trainer says to them; at ``looked_at`` the trainer began to look over their shoulder.

    Of a group the first member is the ``lead``, who stands for all of it: its tries, its row, its result are the
    lead's, the others follow and have none. ``part`` is what somebody does in it. Where several share a sandbox, or
    practise freely, ``participant`` is as whom one is in it.
    """

    NICKNAME_LENGTH = 20

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="members")
    trainee = models.ForeignKey(Trainee, on_delete=models.CASCADE, related_name="memberships")
    nickname = models.CharField("昵称", max_length=NICKNAME_LENGTH)
    joined_at = models.DateTimeField("加入的真实时刻")
    hand_at = models.DateTimeField("举手的真实时刻", null=True, blank=True)
    word = models.CharField("教员的话", max_length=200, blank=True)
    looked_at = models.DateTimeField("教员来看的真实时刻", null=True, blank=True)
    lead = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followers")
    part = models.CharField("身份", max_length=8, choices=Part, blank=True)
    participant = models.ForeignKey(
        Participant, on_delete=models.SET_NULL, null=True, blank=True, related_name="members"
    )

    class Meta:
        verbose_name = "班级成员"
        verbose_name_plural = "班级成员"
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["course", "trainee"], name="member_once_a_trainee"),
            models.UniqueConstraint(fields=["course", "nickname"], name="member_once_a_nickname"),
        ]

    def __str__(self) -> str:
        return f"班级成员 {self.pk}"

    @property
    def speaker(self) -> "Member":
        """Who stands for this member in the class: the lead of a group, else they themselves."""
        return self.lead or self

    @property
    def called(self) -> str:
        """The nickname; of a lead all of the group's, so whoever lists many has prefetched ``followers``."""
        if not self.part:  # in no group; to ask three hundred for nobody takes longer than their rows
            return self.nickname
        return "、".join([self.nickname, *(follower.nickname for follower in self.followers.all())])


class Try(models.Model):
    """一次练习: one person doing one exercise once, in a sandbox of its own.

    ``filings`` are the ids of the opening's filings in the order of its file; the machine has done the steps before
    ``from_step``, if that is any. An end, once ``reached``, stays, whatever happens then; it is written as the try's
    ``end`` with the ``debrief`` when the trainee has seen it. The sandbox goes later. Its clock ``is_held`` where
    a trainer has stopped it for all, and lets it run on.
    """

    trainee = models.ForeignKey(Trainee, on_delete=models.CASCADE, related_name="tries")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, null=True, blank=True, related_name="tries")
    exercise = models.CharField("练习", max_length=60)
    digest = models.CharField("摘要", max_length=16)
    way = models.CharField("方式", max_length=8, choices=[(way.value, way.label) for way in Way])
    variant = models.PositiveSmallIntegerField("变化", default=0)
    from_step = models.CharField("从哪一步开始", max_length=60, blank=True)
    sandbox = models.OneToOneField(
        Sandbox, on_delete=models.SET_NULL, null=True, blank=True, related_name="exercise_try"
    )
    participant = models.ForeignKey(Participant, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    filings = models.JSONField("开局的申请", default=list)
    started_at = models.DateTimeField("开始的真实时刻")
    ended_at = models.DateTimeField("结束的真实时刻", null=True, blank=True)
    reached = models.CharField("到了的结局", max_length=60, blank=True)
    end = models.CharField("结局", max_length=60, blank=True)
    debrief = models.JSONField("复盘", null=True, blank=True)
    is_held = models.BooleanField("时钟由教员暂停", default=False)

    class Meta:
        verbose_name = "一次练习"
        verbose_name_plural = "练习记录"
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, end="", debrief__isnull=True)
                | models.Q(ended_at__isnull=False) & ~models.Q(end=""),
                name="try_ended_with_an_end",
            ),
        ]
        indexes = [
            # read by the catalogue: what a trainee has done and is at
            models.Index(fields=["trainee", "exercise", "-id"], name="try_of_trainee"),
        ]

    def __str__(self) -> str:
        return f"{self.exercise} {self.way}"


class Showing(models.Model):
    """看演示: an exercise that the machine plays for whoever watches, in a sandbox that nobody enters.

    ``done`` steps are behind it; ``said`` is what the site answered to the last one. Somebody has asked at ``asked_at``
    last; the next step is due at ``next_at``, in real time, unless it is paused.
    """

    MOST_PACE = 4

    key = models.CharField("密钥", max_length=32, unique=True, default=new_trainee_key)
    exercise = models.CharField("练习", max_length=60)
    digest = models.CharField("摘要", max_length=16)
    sandbox = models.OneToOneField(Sandbox, on_delete=models.CASCADE, related_name="showing")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    filings = models.JSONField("开局的申请", default=list)
    done = models.PositiveSmallIntegerField("做完的步数", default=0)
    said = models.CharField("网站的回答", max_length=400, blank=True)
    asked_at = models.DateTimeField("最近一次询问的真实时刻")
    next_at = models.DateTimeField("下一步的真实时刻")
    pace = models.PositiveSmallIntegerField("快慢", default=1)
    is_paused = models.BooleanField("暂停", default=False)

    class Meta:
        verbose_name = "一次演示"
        verbose_name_plural = "演示"
        indexes = [
            # read by showing.close_forsaken
            models.Index(fields=["asked_at"], name="showing_asked_at"),
        ]

    def __str__(self) -> str:
        return f"{self.exercise} {self.done}"


class NoteKind(models.TextChoices):
    """What a trainee did about the exercise itself, or a trainer for them; ``DONE`` is a step first seen done."""

    SEEN = "seen", "看过"
    PREDICTION = "predicted", "预测"
    HINT = "hint", "提示"
    LEFT = "left", "离开"
    SHOW = "show", "看指引"
    HIDE = "hide", "收起指引"
    SKIPPED = "skipped", "教员代做"
    DONE = "done", "做到一步"


class Note(models.Model):
    """One line of a try's own log, append-only; each was a POST. A prediction keeps what was right when it was made."""

    of_try = models.ForeignKey(Try, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField("事项", max_length=12, choices=NoteKind)
    step = models.CharField("步骤", max_length=60, blank=True)
    choice = models.CharField("预测的答案", max_length=200, blank=True)
    right = models.CharField("正确的答案", max_length=200, blank=True)
    at = models.DateTimeField("真实时刻")

    class Meta:
        verbose_name = "练习记录中的一行"
        verbose_name_plural = "练习记录中的各行"
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["of_try", "step"], condition=models.Q(kind="predicted"), name="note_one_prediction_a_step"
            ),
            models.UniqueConstraint(
                fields=["of_try", "step"], condition=models.Q(kind="done"), name="note_done_once_a_step"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.step}"
