"""Routes: files that people import by hand."""

from datetime import datetime, timedelta
from typing import Final

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel

from giftbridge.api.desk import ConnectionId, Organisation, RunId, desk
from giftbridge.jobs.pull import files
from giftbridge.stores.import_files import ImportFile

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["imports"]
LISTED: Final = timedelta(days=30)


class FileHead(BaseModel):
    """A file for the CRM's staff. Until it is written it gathers gifts; afterwards it never changes.

    `cents` in all and by the CRM's `funds`; `sha256` is over the UTF-8 text; after `expires_at` the file is gone.
    """

    name: str
    gifts: int
    rows: int
    cents: int
    funds: dict[str, int]
    sha256: str
    written_at: datetime | None
    expires_at: datetime | None


class FileHeads(BaseModel):
    """Of the last 30 days, oldest first."""

    items: list[FileHead]


class FileText(BaseModel):
    """Gifts for a system whose staff imports them."""

    name: str
    csv: str


@router.get("/connections/<connection>/imports", summary="Files for the CRM's staff", tags=TAGS)
def list_files(organisation: Organisation, connection: ConnectionId) -> FileHeads:
    """One a day where `import_by_hand` is set; the daily export writes it."""
    here = desk(router)
    standing, today = here.connection(organisation, connection), here.app.now().date()
    found = here.app.imports.between(standing.id, (today - LISTED).isoformat(), today.isoformat())
    return FileHeads(items=[_head(one) for one in found])


@router.get("/connections/<connection>/imports/<file>", summary="A file to be imported", tags=TAGS)
def import_file(organisation: Organisation, connection: ConnectionId, file: RunId) -> FileText:
    """As CSV: named by the list, or, for a platform whose API takes no gifts, by the log; gone after a week."""
    here = desk(router)
    return FileText(name=file, csv=files.read(here.app, here.connection(organisation, connection), file))


def _head(one: ImportFile) -> FileHead:
    return FileHead(
        name=one.name,
        gifts=one.gifts,
        rows=one.rows,
        cents=one.cents,
        funds=dict(one.funds),
        sha256=one.sha256,
        written_at=one.written_at,
        expires_at=one.written_at + files.KEPT if one.written_at else None,
    )
