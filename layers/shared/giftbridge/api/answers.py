"""Bodies of answers. Nowhere a secret but where it is shown once, as it is made."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

SideName = Literal["platform", "crm"]
RecordKind = Literal["contact", "gift"]
LineKind = Literal["contact", "gift", "schedule", "file", "notice", "project"]


class Mistake(BaseModel):
    """One thing that is wrong, and where."""

    path: str
    detail: str


class Problem(BaseModel):
    """Any error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Mistake] | None = None
    ids: list[str] | None = None


class System(BaseModel):
    """A connector: what it can do, by what it is connected, what can be set."""

    name: str
    title: str
    role: Literal["platform", "crm"]
    capabilities: list[str]
    credentials: list[str]
    settings: dict[str, Any]
    docs_url: str


class Systems(BaseModel):
    """Every connector there is."""

    items: list[System]


class Party(BaseModel):
    """Who answered on one side."""

    id: str
    name: str
    demo: bool
    connected_by: str


class TrialResult(BaseModel):
    """Both sides answered; nothing was stored."""

    crm: Party
    platform: Party


class RunHeader(BaseModel):
    """A run. `counts` tell, per side that is written to, what became of the records: `read` is the sum of the outcomes
    when it is over; `linked` and `review` are among them. `progress` is what is settled and what was found so far."""

    id: str
    kind: Literal["contacts", "gifts", "projects", "thanks", "export"]
    mode: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    phase: str
    started_by: str
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    subject: str
    error: str
    counts: dict[SideName, dict[str, int]]
    progress: dict[SideName, dict[str, int]]


class ConnectionView(BaseModel):
    """A connection as people see it. `crm_webhook_url` is to be entered in the CRM by hand, where it has a page for it
    and can't be told by API."""

    id: str
    platform: str
    organisation: str
    crm: str
    status: Literal["active", "paused"]
    health: Literal["healthy", "reconnect"]
    health_reason: str
    name: str
    demo: bool
    connected_by: str
    created_at: datetime | None
    first_sync: Literal["unasked", "declined", "started", "done"]
    ask_first_sync: bool
    last_sync_at: datetime | None
    next_sync_at: datetime | None
    active_run: RunHeader | None
    open_questions: int
    webhook_url: str
    crm_webhook_url: str
    settings: dict[str, Any]


class Connections(BaseModel):
    """The organisation's connections."""

    items: list[ConnectionView]


class Webhook(BaseModel):
    """Where the platform sends its webhooks. `secret` is shown once; `live_secrets` are several during a rotation."""

    url: str
    secret: str
    live_secrets: int


class Connected(BaseModel):
    """A new connection."""

    connection: ConnectionView
    ask_first_sync: bool
    webhook: Webhook | None


class ConsentLink(BaseModel):
    """A link for one browser and one use."""

    url: str
    expires_at: datetime
    connection: str


class ThanksChoices(BaseModel):
    """Users that tasks can be given to, and notes that can be sent: id -> label."""

    users: dict[str, str]
    notes: dict[str, str]


class Choices(BaseModel):
    """The CRM's lists, id -> name; `methods` are its words for how a gift was paid."""

    funds: dict[str, str]
    campaigns: dict[str, str]
    appeals: dict[str, str]
    methods: list[str]


class Removal(BaseModel):
    """What became of it. Links are erased in the background."""

    links: Literal["kept", "erasing"]
    revoked_at_vendor: bool


class Runs(BaseModel):
    """Newest first; `next` goes on, empty at the end."""

    items: list[RunHeader]
    next: str


class Started(BaseModel):
    """Runs that were started."""

    items: list[RunHeader]


class LostValue(BaseModel):
    """A field that both sides had changed; `lost` is empty once it expired."""

    field: str
    winner: SideName
    why: str
    lost: str


class LogLine(BaseModel):
    """One record of a run, by the side it is on; `label` is empty once it expired. `stage` tells of what a CRM takes in
    later."""

    kind: LineKind
    side: SideName
    id: str
    other_id: str
    outcome: str
    code: str
    reason: str
    label: str
    url: str
    notes: list[str]
    conflicts: list[LostValue]
    retryable: bool
    at: datetime | None
    stage: Literal["", "submitted", "confirmed", "refused", "in_file"]


class LogLines(BaseModel):
    """Records of a run; `next` goes on, empty at the end."""

    items: list[LogLine]
    next: str


class Drift(BaseModel):
    """The newest sweep as far as it has got, how many records of each class it found, and these; `notes` of a line name
    the fields that differ. No run where none was made yet; `next` goes on, empty at the end."""

    run: RunHeader | None
    found: dict[str, int]
    items: list[LogLine]
    next: str


class Question(BaseModel):
    """What a person must decide. `answers` are those that fit; for `match`, one of `candidates` at the other side."""

    kind: RecordKind
    side: SideName
    id: str
    code: str
    text: str
    candidates: list[str]
    answers: list[str]
    label: str
    run: str


class Questions(BaseModel):
    """Open questions, and how many there are."""

    items: list[Question]
    total: int


class Answered(BaseModel):
    """The run that the answer started; none where the record is ignored."""

    run: RunHeader | None


class Erased(BaseModel):
    """Whether a link was erased; the donor is not synced any more either way."""

    linked: bool


class Allowed(BaseModel):
    """The donor may be synced again."""

    allowed: Literal[True] = True


class GiftsSent(BaseModel):
    """The run that sends; `unchanged` are in the CRM just so already."""

    run: RunHeader | None
    unchanged: list[str]


class Waiting(BaseModel):
    """Something that waits to be done, or to be woken where `next_due` is empty."""

    key: str
    queue: str
    kind: str
    subject: str
    webhook: bool
    attempt: int
    error: str
    next_due: datetime | None


class WaitingList(BaseModel):
    """All that waits for this connection."""

    items: list[Waiting]


class Woken(BaseModel):
    """How many were made due now."""

    woken: int
