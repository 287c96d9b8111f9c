"""Who does or tries something. Every call of the domain that changes or tries something is told, and does not ask."""

from dataclasses import dataclass, replace
from enum import StrEnum

from verification.models import ApiKey, Participant


class Means(StrEnum):
    """By what somebody acts."""

    PARTICIPANT = "participant"
    KEY = "key"
    MACHINE = "machine"
    JOB = "job"


@dataclass(frozen=True)
class By:
    """Who acts; ``name`` is what histories show, ``id`` the participant's or the key's."""

    means: Means
    name: str
    id: int | None = None

    @classmethod
    def participant(cls, participant: Participant) -> "By":
        """Somebody in a sandbox, on its pages."""
        return cls(Means.PARTICIPANT, participant.name, participant.pk)

    @classmethod
    def key(cls, key: ApiKey) -> "By":
        """A provider's program, through the API: histories show the provider."""
        return cls(Means.KEY, key.provider.name, key.pk)

    @classmethod
    def machine(cls, name: str) -> "By":
        """The site itself, playing a part: when it fills a sandbox, or shows how something goes."""
        return cls(Means.MACHINE, name)

    @property
    def participant_id(self) -> int | None:
        """The participant's key, where one acts on the sandbox's pages."""
        return self.id if self.means is Means.PARTICIPANT else None

    @property
    def api_key_id(self) -> int | None:
        """The key's key, where a program acts."""
        return self.id if self.means is Means.KEY else None

    def named(self, name: str) -> "By":
        """The same, shown under another name: whoever enters a person's code acts for that person."""
        return replace(self, name=name)


#: What becomes due does so by itself, and what follows from a move follows by itself; histories show no name.
ITSELF = By(Means.JOB, "")
#: A bureau that decides by itself: nobody looked at the filing, and its history says so.
AUTOMATIC_BUREAU = By(Means.JOB, "管局自动审核")
