"""The data: fields, constraints and small questions. Rows are moved by ``verification.state.transitions`` alone."""

from verification.models import lookups  # noqa: F401  # registers the lookup
from verification.models.api import ApiKey, IdempotentAnswer
from verification.models.attempt import Attempt, AttemptKind
from verification.models.browser import Browser, Ending, Place
from verification.models.challenge import Challenge, ChallengeState
from verification.models.filing import AlarmKind, Event, EventKind, Filing, FilingPart, FilingState, ReturnReason
from verification.models.news import Change
from verification.models.party import Person, Provider
from verification.models.phone import Message, MessageCause, MessageStatus, Phone
from verification.models.record import Access, NumberSeries, Service, ServicePlatform, Subject, SubjectNature
from verification.models.sandbox import ClockMove, Participant, Role, Sandbox
from verification.models.technical import BurntKey
from verification.models.webhook import DeliveryState, WebhookAttempt, WebhookDelivery, WebhookEndpoint

__all__ = [
    "Access",
    "AlarmKind",
    "ApiKey",
    "Attempt",
    "AttemptKind",
    "Browser",
    "BurntKey",
    "Challenge",
    "ChallengeState",
    "Change",
    "ClockMove",
    "DeliveryState",
    "Ending",
    "Event",
    "EventKind",
    "Filing",
    "FilingPart",
    "FilingState",
    "IdempotentAnswer",
    "Message",
    "MessageCause",
    "MessageStatus",
    "NumberSeries",
    "Participant",
    "Person",
    "Phone",
    "Place",
    "Provider",
    "ReturnReason",
    "Role",
    "Sandbox",
    "Service",
    "ServicePlatform",
    "Subject",
    "SubjectNature",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
