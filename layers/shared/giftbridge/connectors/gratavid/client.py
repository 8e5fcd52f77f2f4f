"""Gratavid's calls with one organisation's key, which goes in the query as the vendor wants it.

Verb and the query's `event` pick the operation. Nothing can be looked up afterwards: no call reads tasks or sends.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from giftbridge.connectors.base import Done, Identity, Written
from giftbridge.connectors.gratavid import mapping, webhook
from giftbridge.connectors.http import Answer, Api
from giftbridge.connectors.manifest import Manifest
from giftbridge.connectors.registry import Wiring
from giftbridge.connectors.thanks import Engagement, EngagementKind, ThanksChoices, ThanksWrite
from giftbridge.errors import Conflict, Disconnected, NotFound, Reject, Retry

SEND: Final = "/api/integrationsEndpoint"
MANAGE: Final = "/api/manageIntegrations"
HOOK_EVENT: Final = "webookHookEvent"
"""Misspelt in the vendor's API."""
HOOK_ID: Final = "webhookSubscribeId"
ABOUT_THE_KEY: Final = re.compile(r"api.?key|unauthori[sz]ed|not authori[sz]ed", re.IGNORECASE)


class Gratavid:
    """Creates tasks, sends notes, and is told what became of them."""

    def __init__(self, manifest: Manifest, wiring: Wiring) -> None:
        self.manifest = manifest
        self._wiring = wiring
        self._api = Api(
            manifest.name, manifest.title, wiring.base_url(manifest), wiring.client, wiring.gate, wiring.now
        )

    def _option(self, name: str) -> Any:
        return self._wiring.option(self.manifest, name)

    def identify(self) -> Identity:
        """The organisation that was given: no call tells whose key it is. That it is a good one, the users prove."""
        self._listed("getUsers")
        organisation = str(self._wiring.settings["organisation"])
        return Identity(organisation, f"Gratavid organisation {organisation}")

    # -- thanks

    def create_task(self, write: ThanksWrite) -> Written:
        """A task; answered by a refusal where it is refused."""
        return self._sent("POST", "createTask", mapping.task_body(write, self._options()), "taskId")

    def send_note(self, write: ThanksWrite) -> Written:
        """A note, sent at once though the vendor makes it a PUT."""
        return self._sent("PUT", "sendNote", mapping.note_body(write, self._options()), "gvSendId")

    def thanks_choices(self) -> ThanksChoices:
        """Users and notes, as they are now."""
        return ThanksChoices(mapping.choices(self._listed("getUsers")), mapping.choices(self._listed("getNotes")))

    def _options(self) -> mapping.Options:
        return mapping.Options(
            text_opt_in=self._option("text_opt_in"),
            text_opt_out=self._option("text_opt_out"),
            comments_length=int(self._option("comments_length")),
        )

    def _sent(self, method: str, event: str, body: Mapping[str, str], id_name: str) -> Written:
        try:
            return Done(_id(self._call(method, SEND, event, body=body).body, id_name))
        except (Reject, NotFound, Conflict) as refused:
            # Which of its refusals mean the key, the vendor does not say: the users are shown to any good one.
            self._listed("getUsers")
            return refused

    # -- engagement

    def engagement_events(self) -> Mapping[str, EngagementKind]:
        """All five that can be subscribed to."""
        return mapping.EVENTS

    def engagement(self, event: str, body: bytes) -> Engagement:
        """The body names neither its event nor an id: the address that was called tells the event."""
        return mapping.engagement(event, body)

    def sameness(self, body: bytes, headers: Mapping[str, str]) -> tuple[str, ...]:
        """What two notifications of one event have in common if they are the same."""
        return webhook.sameness(body, headers)

    def register(self, url: str, secret: str, known: str, event: str) -> str:
        """Subscribe, then end what stood: no subscription can be changed, and so nothing is missed between the two."""
        made = self._subscribe(event, url)
        if known and made and made != known:
            self.unregister(known, event)
        return made

    def drop_strays(self, url: str, registration: str) -> None:
        """Nothing, as no call reads subscriptions. What a lost one tells as well is the same, and is not done twice."""

    def _subscribe(self, event: str, url: str) -> str:
        """Where the vendor tells the number of a subscription is not documented: looked for in body and header."""
        asked, body = {HOOK_EVENT: event}, {"webhookURL": url}
        with _whatever_it_answers():
            return _subscription(self._call("POST", MANAGE, "webhookSubscribe", body=body, query=asked))
        return ""

    def unregister(self, registration: str, event: str) -> None:
        """Unsubscribe, by its number; where that was never told, by the event, which the vendor may or may not heed."""
        number = {HOOK_ID: registration} if registration else {}
        try:
            with _whatever_it_answers():
                self._call("DELETE", MANAGE, "webhookUnsubscribe", query={HOOK_EVENT: event, **number})
        except (Reject, NotFound, Conflict):
            self._listed("getUsers")

    # -- shared

    def _listed(self, event: str) -> list[Any]:
        """Users or notes. Whatever refuses this question, refuses the key: it is always the same."""
        try:
            body = self._call("GET", MANAGE, event).body
        except (Reject, NotFound, Conflict):
            raise self._refused_key() from None
        if not isinstance(body, Mapping) or not isinstance(body.get("data"), list):
            raise Retry("Gratavid sent an answer that is no list.", code="garbled")
        rows: list[Any] = body["data"]
        return rows

    def _refused_key(self) -> Disconnected:
        return Disconnected("Gratavid no longer accepts the credentials.", system=self.manifest.name)

    def _call(
        self,
        method: str,
        path: str,
        event: str,
        *,
        body: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one call. Raises `Reject` for a refusal that comes as a success."""
        key = str(self._wiring.credentials.get("api_key", ""))
        asked = {"apiKey": key, "source": self._option("source"), "event": event, **(query or {})}
        answer = self._api.call(method, path, params=asked, json=body)
        if _refuses(answer.body):
            raise Reject("Gratavid refused this.", code="refused")
        return answer


@contextmanager
def _whatever_it_answers() -> Iterator[None]:
    """Success without JSON is success: what is answered about subscriptions is not documented."""
    try:
        yield
    except Retry as error:
        if error.code != "garbled":
            raise


def _refuses(body: Any) -> bool:
    """Whether an answer with a status of success is none: only its words tell. They are not repeated."""
    if not isinstance(body, Mapping):
        return False
    told = str(body.get("message") or "")
    return bool(body.get("error") or body.get("status") == "error" or ABOUT_THE_KEY.search(told))


def _id(body: Any, name: str) -> str:
    """The id of what was made. Raises `Retry` in doubt: without one nobody knows whether it was."""
    found = body.get(name) if isinstance(body, Mapping) else None
    if not isinstance(found, str | int) or not str(found):
        raise Retry("Gratavid sent an answer that breaks off.", doubt=True, code="garbled")
    return str(found)


def _subscription(answer: Answer) -> str:
    """The number of a subscription, wherever it stands; empty where it stands nowhere."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    inner = body.get("data") if isinstance(body.get("data"), Mapping) else {}
    location = parse_qs(urlsplit(answer.headers.get("location", "")).query).get(HOOK_ID, [""])[0]
    told = [body.get(HOOK_ID), body.get("id"), inner.get("id"), location]  # type: ignore[union-attr]
    return next((str(one) for one in told if isinstance(one, str | int) and str(one).isdecimal()), "")


CONNECTOR: Final = Gratavid
