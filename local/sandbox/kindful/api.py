"""The vendor's paths below both families (`/api/v1`, `/admin/oauth2/api/v1`) and who serves them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.sandbox.kindful import jobs
from local.sandbox.kindful.account import Account, App, Job
from local.sandbox.kindful.errors import broken, not_found, unauthorized
from local.sandbox.kindful.events import verified
from local.sandbox.kindful.keys import folded
from local.sandbox.kindful.queries import query
from local.sandbox.kindful.run import MAX_ROWS
from local.sandbox.kindful.views import Viewer, custom_field_groups
from local.sandbox.kindful.world import Caller, Family

BASES: dict[Family, str] = {"customer": "/api/v1", "partner": "/admin/oauth2/api/v1"}
NOTIFICATIONS_A_PAGE = 50
_STATS = ("Contact", "Transaction", "Campaign", "Fund", "Integrations Transaction Link")
_UPDATE_STATS = ("Contact", "Transaction", "Group", "Custom Field")
_STATUSES = {"connected", "disconnected"}


@dataclass(frozen=True)
class Call:
    """Caller, path value, query and body of one request."""

    caller: Caller
    value: str
    query: dict[str, str]
    body: Any = None

    @property
    def account(self) -> Account:
        """The caller's organisation."""
        return self.caller.account

    @property
    def app(self) -> App:
        """The calling application."""
        return self.caller.app

    @property
    def viewer(self) -> Viewer:
        """Shows records to the caller."""
        return Viewer(self.account, self.app, BASES[self.caller.family])

    def needs(self, *scopes: str) -> None:
        """Any of these scopes will do; ApiError 401 when the caller has none of them."""
        if self.caller.scopes.isdisjoint(scopes):
            raise unauthorized()

    def object(self) -> dict[str, Any]:
        """The body as an object; without one Kindful fails."""
        if not isinstance(self.body, dict):
            raise broken("The body is not an object")
        return self.body


Handler = Callable[[Call], Any]


def serve(method: str, path: str, call: Call) -> Any:
    """Answer a call to a path below its family's base; ApiError."""
    handler = ROUTES.get((method, path))
    if handler is not None:
        return handler(call)
    head, _, value = path.rpartition("/")
    if (method, head) == ("GET", "/imports") and value:
        return import_status(Call(call.caller, value, call.query, call.body))
    raise not_found()


def details(call: Call) -> Any:
    """The organisation, in one form for customers and in another one for partners."""
    call.needs("basic")
    account = call.account
    subdomain = account.name.lower().replace(" ", "-")
    if call.caller.grant is not None:
        organization = {"id": account.number, "name": account.name, "subdomain": subdomain}
        person = {"first_name": "Avery", "last_name": "Admin", "email": f"avery@{subdomain}.example.org"}
        return person | {"organization": organization}
    return {
        "id": account.number,
        "name": account.name,
        "email": f"office@{subdomain}.example.org",
        "subdomain": subdomain,
        "root_url": f"https://{subdomain}.kindful.example.org",
        "time_zone": account.time_zone,
        "ein": "00-0000000",
        "city": "Nashville",
        "state": "TN",
        "country": "United States",
    }


def metadata(kind: str) -> Handler:
    """A list of all campaigns, funds, groups or custom fields; it knows no paging."""

    def listed(call: Call) -> Any:
        call.needs("basic")
        show = getattr(call.viewer, kind)
        return [show(record) for record in call.account.tables[kind]]

    return listed


def chapters(call: Call) -> Any:
    """No chapters: how one is chosen in an import is not known."""
    call.needs("basic")
    return []


def field_groups(call: Call) -> Any:
    """The groups of custom fields."""
    call.needs("basic")
    return custom_field_groups(call.account)


def post_import(call: Call) -> Any:
    """Queue an import. Whatever is wrong with it comes out in the job."""
    call.needs("data_add", "data_append")
    return _queued(call, jobs.IMPORT)


def link(kind: str) -> Handler:
    """Queue a link job beside the imports."""

    def post(call: Call) -> Any:
        wanted = call.account.options.link_scope
        call.needs(*(("data_add", "data_query") if wanted == "either" else (wanted,)))
        return _queued(call, kind)

    return post


def import_status(call: Call) -> Any:
    """One job of the calling application."""
    call.needs("basic")
    job = call.app.job(call.value)
    if job is None:
        raise not_found()
    return {
        "id": job.id,
        "job_type": None,
        "status": jobs.shown_status(call.account, job),
        "stats": dict.fromkeys(_STATS, 0) | job.stats,
        "update_stats": dict.fromkeys(_UPDATE_STATS, 0) | job.update_stats,
        "notifications": _notifications(job, call.query.get("page", "1")),
    }


def stats(call: Call) -> Any:
    """The queue gate: whether it is a good time to sync."""
    call.needs("basic")
    pending, updates = jobs.waiting(call.account, call.app)
    if pending or updates:
        message = "There are prior jobs queued up. Sync could not be started"
    else:
        message = "The sync is paused" if call.account.paused else "ready"
    counts = {"pending_jobs": pending, "pending_updates": updates}
    return {"sync_enabled": message == "ready", "message": message, **counts}


def run_query(kind: str) -> Handler:
    """A page of contacts or transactions."""

    def post(call: Call) -> Any:
        call.needs("data_query")
        return query(call.viewer, kind, call.object())

    return post


def email_exist(call: Call) -> Any:
    """Whether a contact has this e-mail; the answer's key is told in two ways."""
    call.needs("basic")
    found = call.account.contacts.find(("email", folded(call.query.get("email"))))
    return {call.account.options.email_exist_key: bool(found)}


def integration_status(call: Call) -> Any:
    """What Kindful shows its user about the application."""
    call.needs(call.account.options.status_scope)
    sent = call.object().get("data")
    if not isinstance(sent, dict) or not isinstance(sent.get("status"), str):
        raise broken("data.status is required")
    if call.account.options.integration_status == "strict" and sent["status"].lower() not in _STATUSES:
        raise broken("data.status is not known")
    call.app.integration |= {"status": sent["status"], "units": sent.get("units")}
    call.account.moves += 1
    return integration(call.account, call.app)


def integration(account: Account, app: App) -> dict[str, Any]:
    """The application as an organisation's integration."""
    synced = app.integration["last_synced_at"]
    return {
        "id": app.number,
        "sync_enabled": not account.paused,
        "status": app.integration["status"],
        "units": app.integration["units"],
        "org_name": account.name,
        "subdomain": account.name.lower().replace(" ", "-"),
        "fetch_transactions_after": None,
        "push_transactions_after": None,
        "last_synced_at": Viewer(account, app, "").time(synced),
    }


def verify_event(call: Call) -> Any:
    """A webhook's event as Kindful knows it; 404 for one it never sent."""
    call.needs("basic")
    found = verified(call.account, call.app, call.query.get("id", ""))
    if found is None:
        raise not_found()
    return found


def _queued(call: Call, kind: str) -> Any:
    body = call.object()
    rows = body.get("data")
    if isinstance(rows, list) and len(rows) > MAX_ROWS and call.account.options.over_100_rows == "refuse":
        raise broken(f"No more than {MAX_ROWS} rows are allowed")
    return {"id": jobs.enqueue(call.account, call.app, kind, body).id, "status": "pending"}


def _notifications(job: Job, page: str) -> dict[str, Any]:
    number = int(page) if page.isdecimal() and int(page) else 1
    start = (number - 1) * NOTIFICATIONS_A_PAGE
    shown = job.notifications[start : start + NOTIFICATIONS_A_PAGE]
    return {"page": number, "count": len(job.notifications), "results": shown}


ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/details"): details,
    ("GET", "/campaigns"): metadata("campaign"),
    ("GET", "/funds"): metadata("fund"),
    ("GET", "/groups"): metadata("group"),
    ("GET", "/chapters"): chapters,
    ("GET", "/custom_fields"): metadata("custom_field"),
    ("GET", "/custom_field_groups"): field_groups,
    ("POST", "/imports"): post_import,
    ("GET", "/imports/stats"): stats,
    ("POST", "/contacts/query"): run_query("contact"),
    ("POST", "/transactions/query"): run_query("transaction"),
    ("POST", "/contacts/link"): link(jobs.LINK_CONTACTS),
    ("POST", "/transactions/link"): link(jobs.LINK_TRANSACTIONS),
    ("GET", "/contacts/email_exist"): email_exist,
    ("POST", "/integrations/status"): integration_status,
    ("GET", "/webhooks/verify_event"): verify_event,
}
