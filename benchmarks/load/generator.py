"""The class itself, in a process of its own: python -m benchmarks.load.generator '{"port": …}'.

It makes the class, lets everybody press the button to join within the same seconds, and then lets them work for a
while. Each stage is a line of JSON: ``joined``, ``done`` with what was measured in between.
"""

import json
import logging
import os
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass
from statistics import quantiles
from time import monotonic
from typing import Any

import gevent
from locust.env import Environment

from benchmarks.load.browsing import Browser
from benchmarks.load.people import Member, Projector, Room, TrainersDesk

#: What somebody waits for; the others are asked by scripts, or along with a page.
PAGES = ("page", "page after a form", "start", "press", "entry", "desk", "screen")
#: Exercises in which all is done by reading, entering, and moving the clock.
EXERCISES = ("first-verification", "no-noon", "three-phones")
DESKS = 2
_NICENESS = 10
_JOIN_SECONDS = 60.0
_DOORS_A_SECOND = 50


@dataclass(frozen=True)
class Group:
    """Answers of one sort: how many, and in how many milliseconds half, all but one in twenty, in a hundred, all."""

    count: int
    half: float
    p95: float
    p99: float
    longest: float


def main() -> None:
    """Play the class that the argument describes."""
    os.nice(_NICENESS)
    logging.getLogger("locust").setLevel(logging.ERROR)
    asked = json.loads(sys.argv[1])
    room = Room(asked["host"], asked["port"], tuple(asked["think"]), presses_within=asked["within"])
    heard = Heard()
    make_class(room, heard)
    people = asked["people"]
    for somebody in (Member, TrainersDesk, Projector):
        somebody.room = room
    Member.fixed_count, TrainersDesk.fixed_count, Projector.fixed_count = people, DESKS, 1
    environment = Environment(user_classes=[Member, TrainersDesk, Projector])
    environment.events.request.add_listener(heard.note)
    runner = environment.create_local_runner()
    room.began_at = monotonic() + people / _DOORS_A_SECOND + 2
    runner.start(people + DESKS + 1, spawn_rate=_DOORS_A_SECOND)
    while len(room.joined) < people and monotonic() < room.began_at + _JOIN_SECONDS:
        gevent.sleep(0.1)
    tell("joined", people=len(room.joined), seconds=max(room.joined, default=0.0) - room.began_at, **heard.told())
    heard.forget()
    gevent.sleep(asked["seconds"])
    wrong = [f"{found['msg']} (× {found['count']})" for found in runner.exceptions.values()]
    tell("done", finished=room.finished, **heard.told(wrong))
    runner.quit()


def make_class(room: Room, heard: "Heard") -> None:
    """What a trainer does before: a name, the exercises, and the code that is read out."""
    browser = Browser(
        room.host, room.port, lambda name, took, _, wrong: heard.note(name=name, response_time=took, exception=wrong)
    )
    form = browser.get("page", "/class/new/")
    fields = {"name": "三百人的班", "kind": form.value("kind"), "way": "practice", "exercises": EXERCISES}
    desk = browser.post("press", form, "/class/new/", fields)
    assert desk.path.endswith("/desk/"), f"no class was made: {desk.status} {desk.path}"
    room.code, room.trainer = desk.path.split("/")[2], browser.cookies


class Heard:
    """How long the answers took, by what was asked, and what was wrong with any."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.wrong: list[str] = []

    def note(self, *, name: str, response_time: float, exception: object, **_: Any) -> None:
        """An answer, as Locust tells of it."""
        self.seconds[name].append(response_time)
        if exception:
            self.wrong.append(str(exception))

    def told(self, further: list[str] | None = None) -> dict[str, Any]:
        """All of it, and the pages together."""
        together = [each for name in PAGES for each in self.seconds[name]]
        groups = {name: asdict(_group(found)) for name, found in {**self.seconds, "pages": together}.items() if found}
        wrong = [*self.wrong, *(further or [])]
        return {"groups": groups, "errors": len(wrong), "wrong": wrong[:10]}


def _group(times: list[float]) -> Group:
    hundredths = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    return Group(len(times), hundredths[49], hundredths[94], hundredths[98], max(times))


def tell(stage: str, **what: object) -> None:
    """A line for whoever has started this."""
    sys.stdout.write(json.dumps({"stage": stage, **what}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
