"""A small model of the life of filings, written by hand from the rules; it shares no code with what it is held against.

The model is exact in time: whatever is due by now has been done, at its due moment. It has no database, no jobs and no
locks, knows one person by name, phone and the six characters to type, and writes moments as a Chinese clock shows them.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

# ── The rules, by hand ───────────────────────────────────────────────────────


@dataclass(frozen=True)
class Rules:
    """What an edition lays down; ``None`` where it has no such limit."""

    hours: int
    id_errors: int | None
    tries: int | None
    resends: int | None
    says_not_found: frozenset[str]  # the outcomes that read like "not found"
    borne: int | None = None  # so many are charged, and the next entry fails


SILENT = frozenset({"not_found", "wrong_id", "wrong_code"})
RULES = {
    "jd-2017": Rules(hours=48, id_errors=5, tries=None, resends=None, says_not_found=SILENT),
    "aliyun-2018": Rules(hours=48, id_errors=5, tries=None, resends=None, says_not_found=SILENT),
    "tencent-2018": Rules(hours=24, id_errors=5, tries=None, resends=None, says_not_found=SILENT),
    "miit-2018": Rules(hours=24, id_errors=None, tries=3, resends=None, says_not_found=SILENT - {"wrong_id"}),
    "qingcloud-2020": Rules(hours=24, id_errors=None, tries=5, resends=2, says_not_found=frozenset({"not_found"})),
    "public-2023": Rules(
        hours=24, id_errors=None, tries=None, resends=2, says_not_found=frozenset({"not_found"}), borne=5
    ),
}
RESULT_CODES = {
    "wrong_code": 0,
    "wrong_id": 2,
    "all_done": 3,
    "not_found": 4,
    "already_done": 20,
    "failed": 21,
    "partial": 31,
    "nothing_to_resend": 100,
    "resent": 101,
    "quota_used_up": 102,
}
GUARD = 20  # answers "not found" for one phone, then nothing is looked at for an hour of real time

#: Since when an edition governs; three provinces stand for all: of the pilot, of the first batch, of neither.
IN_FORCE = [
    (datetime.fromisoformat(since), edition, provinces)
    for since, edition, provinces in (
        ("2017-12-18 09:00", "jd-2017", {"gs"}),
        ("2018-09-10 00:00", "miit-2018", {"z"}),
        ("2018-09-10 00:00", "tencent-2018", {"gs"}),
        ("2018-09-24 00:00", "miit-2018", set()),  # the second batch
        ("2020-08-17 00:00", "qingcloud-2020", {"gs", "z", "b"}),
        ("2023-09-01 00:00", "public-2023", {"gs", "z", "b"}),
    )
]
PINNED_IN = {"aliyun-2018": {"gs"}, "miit-2018": {"z"}, "qingcloud-2020": {"gs", "z", "b"}}

# Who gets a code: S and W are the persons on record of the 主体 and the website, N is the new one, F all of a first
# filing, P the person of the 主体 on the new phone; | means that one is enough. "-" nobody, "x" the edition does not
# know the request, "!" it is returned because its phone is not the one on record.
COLUMNS = ("jd-2017", "aliyun-2018", "tencent-2018", "miit-2018", "qingcloud-2020", "public-2023")
TABLE = """
first_filing      F   F   F   F   F   F
add_website       N   N   N   N   SN  SN
add_access        W   W   W   W   W   W
access_by_another !   !   !   !   W   W
rename_subject    S   S   S   S   S   S
replace_person    N   N   N   N   N   N
rename_both       SW  SW  SW  SW  SW  SW
change_server     -   -   -   -   -   -
change_remark     -   -   -   -   -   -
change_subject    x   x   x   x   S   x
leave_province    x   x   x   x   -   x
change_website    x   x   x   x   W   x
move_domain       x   x   x   x   -   x
change_phone      x   x   x   P   x   x
cancel_subject    -   S   -   S   S   S
cancel_website    -   W   -   S|W -   -
cancel_access     -   W   -   W   -   -
"""
WHO = {what: dict(zip(COLUMNS, cells, strict=True)) for what, *cells in map(str.split, TABLE.strip().splitlines())}


# ── Filings and what stands in them ──────────────────────────────────────────


@dataclass(frozen=True)
class Who:
    """One person on one phone."""

    name: str
    phone: str
    id_suffix: str


@dataclass(frozen=True)
class Request:
    """What is asked for, and the persons concerned, by the letters of the table."""

    what: str
    province: str
    people: dict[str, tuple[Who, ...]]


@dataclass
class Proof:
    """What one person has to verify in one round; ``code`` is told by whoever reads the phones."""

    who: Who
    round: int
    state: str = "waiting"
    code: str | None = None
    sent: datetime | None = None
    deadline: datetime | None = None
    closed: datetime | None = None
    tries: int = 0
    id_errors: int = 0
    resends: int = 0
    resent_real: float | None = None
    resent_at: datetime | None = None

    def close(self, state: str, at: datetime) -> None:
        self.state, self.closed = state, at


@dataclass
class Paper:
    """A filing."""

    request: Request
    edition: str = ""
    state: str = ""
    reason: str = ""
    round: int = 0
    serial: int = 0  # told, as codes are
    is_one_enough: bool = False
    due: list[tuple[datetime, str]] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    messages: list[tuple[int, str, str, datetime]] = field(default_factory=list)
    history: list[tuple[datetime, int, str, str]] = field(default_factory=list)

    def of_round(self, *states: str) -> list[Proof]:
        """The proofs of the present round, of these states only if any are named."""
        return [p for p in self.proofs if p.round == self.round and (not states or p.state in states)]

    def note(self, what: str, at: datetime, who: Who | None = None) -> None:
        self.history.append((at, self.round, what, who.name if who else ""))

    def go(self, state: str, at: datetime, reason: str = "") -> None:
        """Enter a state; nothing is due in it."""
        self.state, self.reason, self.due = state, reason, []
        self.note(f"filing.{state}", at)

    def end(self, proof: Proof, state: str, at: datetime) -> None:
        proof.close(state, at)
        self.note(f"challenge.{state}", at, proof.who)

    def give_back(self, reason: str, at: datetime) -> None:
        """Return to the provider; what was still to be verified ends."""
        for proof in self.of_round("waiting", "open"):
            self.end(proof, "expired" if reason == "deadline" else "dropped", at)
        self.go("returned", at, reason)

    def send(self, proofs: list[Proof], cause: str, at: datetime) -> None:
        what = {"first": "challenge.opened", "noon": "challenge.noon_resent", "manual": "challenge.resent"}[cause]
        for proof in proofs:
            self.note(what, at, proof.who)
            self.messages.append((self.round, proof.who.name, cause, at))


@dataclass(frozen=True)
class Said:
    """An answer: what came of it, in whose words, and that edition's result code."""

    outcome: str
    edition: str

    @property
    def code(self) -> int | None:
        return RESULT_CODES.get(self.outcome) if self.edition in ("qingcloud-2020", "public-2023") else None


@dataclass(frozen=True)
class Bureau:
    """One that decides by itself after so many working days, and refuses one in so many if any."""

    days: int
    refuses_every: int | None = None

    def due(self, came: datetime) -> datetime:
        """When it decides what came at that moment: at the same time of day."""
        ahead = [came + timedelta(days=n) for n in range(1, 40)]
        return [day for day in ahead if day.isoweekday() not in (6, 7)][self.days - 1].replace(microsecond=0)

    def refuses(self, paper: Paper) -> bool:
        return bool(self.refuses_every) and (paper.serial + paper.round - 1) % self.refuses_every == 0


# ── The model ────────────────────────────────────────────────────────────────


class Model:
    """All filings of a sandbox. What is refused answers with the refusal's code, what is done with ``None``."""

    def __init__(self, now: datetime, pinned: str = "") -> None:
        self.now = now
        self.real = 0.0  # seconds
        self.pinned = pinned
        self.papers: list[Paper] = []
        self.not_found: Counter[str] = Counter()
        self.bureau: Bureau | None = None

    # Which edition

    def in_force(self, province: str) -> str:
        """The edition that governs the province now; blank if none does."""
        if self.pinned:
            return self.pinned if province in PINNED_IN[self.pinned] else ""
        found = [edition for since, edition, where in IN_FORCE if since <= self.now and province in where]
        return found[-1] if found else ""

    def shown(self, province: str | None) -> str:
        """The edition whose words and kinds are used, also where none governs."""
        begun = [edition for since, edition, _ in IN_FORCE if since <= self.now] or ["jd-2017"]
        return (self.in_force(province) if province else "") or self.pinned or begun[-1]

    # Time

    def move(self, to: datetime) -> None:
        """Let the time be ``to``, and everything done that was due by then."""
        self.now = to
        for paper in self.papers:
            while paper.due and paper.due[0][0] <= to:
                self._do(paper, *paper.due.pop(0))

    def next_due(self) -> datetime | None:
        """The next moment at which something is due."""
        return min((paper.due[0][0] for paper in self.papers if paper.due), default=None)

    def _do(self, paper: Paper, at: datetime, what: str) -> None:
        if what == "deadline":
            paper.give_back("deadline", at)
        elif what == "decision":
            self._decide(paper, at)
        elif what == "noon":
            paper.send(paper.of_round("open"), "noon", at)
        else:
            for proof in paper.of_round():
                proof.state, proof.sent, proof.deadline = "open", at, paper.due[-1][0]
            paper.send(paper.of_round(), "first", at)

    # The bureau by itself

    def set_bureau(self, bureau: Bureau | None) -> None:
        """It decides by itself from now on, or no more."""
        self.bureau = bureau
        for paper in self.papers:
            if paper.state in ("prereview", "reviewing"):
                paper.due = self._wait_since(paper.history[-1][0])
                if paper.due:
                    paper.due = [(max(paper.due[0][0], self.now), "decision")]
        self.move(self.now)

    def _wait_since(self, came: datetime) -> list[tuple[datetime, str]]:
        return [(self.bureau.due(came), "decision")] if self.bureau else []

    def _wait(self, paper: Paper, state: str, at: datetime) -> None:
        """Come to wait for the bureau."""
        paper.go(state, at)
        paper.due = self._wait_since(at)

    def _decide(self, paper: Paper, at: datetime) -> None:
        assert self.bureau is not None
        if self.bureau.refuses(paper):
            paper.give_back("rejected", at)
        elif paper.state == "prereview":
            paper.note("filing.approved", at)
            self._begin_verification(paper, at)
        else:
            paper.go("accepted", at)

    # The provider and the bureau

    def submit(self, request: Request) -> str | None:
        if WHO[request.what][self.shown(request.province)] == "x":
            return "kind_not_offered"
        paper = Paper(request)
        self.papers.append(paper)
        self._begin_round(paper)
        return None

    def resubmit(self, paper: Paper) -> str | None:
        if paper.state != "returned":
            return "not_returned"
        if WHO[paper.request.what][self.shown(paper.request.province)] == "x":
            return "kind_not_offered"
        self._begin_round(paper)
        return None

    def _begin_round(self, paper: Paper) -> None:
        request = paper.request
        paper.round += 1
        paper.edition = self.in_force(request.province)
        paper.is_one_enough = False
        paper.note("filing.submitted", self.now)
        letters = WHO[request.what][self.shown(request.province)]
        if letters == "!":
            if request.people["N"] != request.people["W"]:
                paper.go("returned", self.now, "data_check")
                return
            letters = "W"
        if paper.edition:
            wanted = [who for letter in letters if letter in "SWNFP" for who in request.people[letter]]
            paper.proofs += [Proof(who, paper.round) for who in dict.fromkeys(wanted)]
            paper.is_one_enough = "|" in letters
        if paper.edition and request.what == "change_phone":
            self._wait(paper, "prereview", self.now)
        else:
            self._begin_verification(paper, self.now)

    def _begin_verification(self, paper: Paper, at: datetime) -> None:
        if not paper.of_round():
            self._wait(paper, "reviewing", at)
            return
        paper.go("verifying", at)
        send = at + timedelta(minutes=5)
        deadline = (send + timedelta(hours=RULES[paper.edition].hours)).replace(microsecond=0)
        noon = datetime.combine(send.date() + timedelta(days=1), time(12))
        paper.due = [(send, "send"), *([(noon, "noon")] if noon < deadline else []), (deadline, "deadline")]

    def withdraw(self, paper: Paper) -> str | None:
        if paper.state not in ("prereview", "verifying", "reviewing"):
            return "cannot_withdraw"
        paper.give_back("withdrawn", self.now)
        return None

    def approve(self, paper: Paper) -> str | None:
        if paper.state != "prereview":
            return "not_in_prereview"
        paper.note("filing.approved", self.now)
        self._begin_verification(paper, self.now)
        return None

    def accept(self, paper: Paper) -> str | None:
        if paper.state != "reviewing":
            return "not_in_review"
        paper.go("accepted", self.now)
        return None

    def reject(self, paper: Paper) -> str | None:
        if paper.state not in ("prereview", "reviewing"):
            return "not_in_review"
        paper.give_back("rejected", self.now)
        return None

    # The persons

    def _known(self, portal: str | None) -> list[tuple[Paper, Proof]]:
        """What a portal knows, in the order of its making: its own province, or everything on the national one."""
        papers = [paper for paper in self.papers if portal in (None, paper.request.province)]
        pairs = [(paper, proof) for paper in papers for proof in paper.proofs]
        return sorted(pairs, key=lambda pair: self._age(*pair))

    def _age(self, paper: Paper, proof: Proof) -> tuple[datetime, int]:
        begun = next(at for at, number, what, _ in paper.history if (number, what) == (proof.round, "filing.submitted"))
        return begun, self.papers.index(paper)

    def check(self, portal: str | None, *, code: str, phone: str, id_suffix: str) -> Said:
        """Somebody types three pieces into a portal."""
        if self.not_found[phone] >= GUARD:
            return Said("try_later", self.shown(portal))
        said = self._judge(portal, code, phone, id_suffix)
        if said.outcome in RULES[said.edition].says_not_found:
            self.not_found[phone] += 1
        return said

    def _judge(self, portal: str | None, code: str, phone: str, id_suffix: str) -> Said:
        known = self._known(portal)
        fits = {id(p): (p.code == code, p.who.phone == phone, p.who.id_suffix == id_suffix) for _, p in known}
        live = [pair for pair in known if pair[1].state == "open"]

        def is_spent(pair: tuple[Paper, Proof]) -> bool:
            return pair[1].tries == RULES[pair[0].edition].borne

        def fitting(*wanted: bool) -> list[tuple[Paper, Proof]]:
            return [pair for pair in live if fits[id(pair[1])] == wanted and not is_spent(pair)]

        if right := fitting(True, True, True):
            return self._pass(*right[0])
        if sixth := [pair for pair in live if is_spent(pair) and sum(fits[id(pair[1])]) >= 2]:
            for paper, proof in sixth:
                self._fail(paper, proof)
            return Said("failed", sixth[0][0].edition)
        for wanted, piece in (
            ((True, True, False), "id"),
            ((False, True, True), "code"),
            ((True, False, True), "phone"),
        ):
            if nearly := fitting(*wanted):
                return self._charge(nearly, piece)
        for paper, proof in known:
            is_good = proof.round == paper.round and paper.state in ("verifying", "reviewing", "accepted")
            if proof.state == "passed" and is_good and all(fits[id(proof)]):
                return Said("already_done", paper.edition)
        return Said("not_found", self.shown(portal))

    def _pass(self, paper: Paper, proof: Proof) -> Said:
        paper.end(proof, "passed", self.now)
        others = paper.of_round("waiting", "open")
        if others and not paper.is_one_enough:
            return Said("partial", paper.edition)
        for other in others:
            paper.end(other, "dropped", self.now)
        self._wait(paper, "reviewing", self.now)
        return Said("all_done", paper.edition)

    def _charge(self, pairs: list[tuple[Paper, Proof]], piece: str) -> Said:
        has_failed = False
        for paper, proof in pairs:
            proof.tries += 1
            proof.id_errors += piece == "id"
            paper.note("challenge.charged", self.now, proof.who)
            rules = RULES[paper.edition]
            if proof.tries == rules.tries or proof.id_errors == rules.id_errors:
                has_failed = True
                self._fail(paper, proof)
        outcome = {"id": "wrong_id", "code": "wrong_code", "phone": "not_found"}[piece]
        return Said("failed" if has_failed else outcome, pairs[0][0].edition)

    def _fail(self, paper: Paper, proof: Proof) -> None:
        paper.end(proof, "failed", self.now)
        if not (paper.is_one_enough and paper.of_round("waiting", "open")):
            paper.give_back("failed", self.now)

    def _is_rested(self, proof: Proof) -> bool:
        """A minute has passed since it was last sent again, in real time or on the sandbox's clock."""
        if proof.resent_real is None or proof.resent_at is None:
            return True
        return self.real - proof.resent_real >= 60 or self.now - proof.resent_at >= timedelta(minutes=1)

    def send_again(self, portal: str | None, *, phone: str, id_suffix: str) -> Said:
        """Somebody asks a portal for another message."""
        live = [(paper, proof) for paper, proof in self._known(portal) if proof.state == "open"]
        mine = [pair for pair in live if (pair[1].who.phone, pair[1].who.id_suffix) == (phone, id_suffix)]
        if not mine:
            return Said("nothing_to_resend", self.shown(portal))
        edition = mine[0][0].edition
        left = [pair for pair in mine if (quota := RULES[pair[0].edition].resends) is None or pair[1].resends < quota]
        if not left:
            return Said("quota_used_up", edition)
        rested = [pair for pair in left if self._is_rested(pair[1])]
        if not rested:
            return Said("too_soon", edition)
        for paper, proof in rested:
            proof.resends += 1
            proof.resent_real, proof.resent_at = self.real, self.now
            paper.send([proof], "manual", self.now)
        return Said("resent", edition)
