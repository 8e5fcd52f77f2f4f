"""The contact part of an import row: found, made, updated or silently ignored."""

from __future__ import annotations

from typing import Any

from local.sandbox.kindful.account import Change
from local.sandbox.kindful.changes import alter
from local.sandbox.kindful.columns import BadRow, contact_columns, guessed_gender, moment, text, yes_or_no
from local.sandbox.kindful.keys import folded
from local.sandbox.kindful.matching import find_contact
from local.sandbox.kindful.records import Link, Record
from local.sandbox.kindful.run import JobRun, Row, kindful_id


class Contacts:
    """Takes the contacts of one job; rows with the same id are one contact."""

    def __init__(self, run: JobRun, rows: list[Row]) -> None:
        self._run = run
        self._action = run.action_for("contact")
        self._done: dict[str, Record] = {}
        self._merged: dict[str, Row] = {}
        for row in rows:
            key = text(row.get("id"))
            if key is not None:
                self._merged[key] = self._merged.get(key, {}) | row

    def take(self, row: Row) -> tuple[Record, str]:
        """The row's contact and what became of it; BadRow, or GoneError (see `find_contact`)."""
        key = text(row.get("id"))
        if key is not None and key in self._done:
            return self._done[key], "same row id"
        whole = self._merged[key] if key is not None else row
        found = find_contact(self._run, whole)
        record, outcome = self._create(whole) if found is None else (found, self._existing(found, whole))
        if key is not None:
            self._done[key] = record
            by_kindful_id = self._run.match_by.get("contact") == "id"
            if found is not None and not by_kindful_id:
                self._run.link("contact", record, key, new=False)
        return record, outcome

    def _create(self, row: Row) -> tuple[Record, str]:
        run, data = self._run, contact_columns(row, self._run.options)
        if not data.get("company_name") and not (data.get("first_name") and data.get("last_name")):
            raise BadRow("first_name and last_name are required")
        data["gender"] = data.get("gender") or guessed_gender(data.get("first_name"))
        stamp = run.stamp(moment(row.get("updated_at")))
        record = run.account.contacts.add(data, moment(row.get("created_at")) or run.account.now(), stamp)
        alter(run.account, "contact", record, self._change(row, stamp, {}))
        key = text(row.get("id"))
        if key is not None:
            run.link("contact", record, key, new=True)
        return record, run.created("Contact")

    def _existing(self, record: Record, row: Row) -> str:
        run, row_time = self._run, moment(row.get("updated_at"))
        if self._action != "update" or not run.fresh("contact", record, row_time):
            return "ignored"
        change = self._change(row, run.stamp(row_time), contact_columns(row, run.options))
        run.update("contact", record, change)
        for label, touched in (("Group", change.groups), ("Custom Field", change.custom)):
            for _ in touched:
                run.updated(label)
        return run.updated("Contact")

    def _change(self, row: Row, stamp: int, data: dict[str, Any]) -> Change:
        body = self._run.job.body
        kept = {key: row[key] for key in _names(body.get("contact_metadata")) if key in row}
        return Change(stamp, data, self._groups(row), self._custom(row), kept)

    def _groups(self, row: Row) -> dict[str, bool]:
        """Groups declared in `groups`; a column that is not declared is no group."""
        found: dict[str, bool] = {}
        for name in _names(self._run.job.body.get("groups")):
            wanted = yes_or_no(row.get(name))
            group = None if wanted is None else self._group(name)
            if group is not None and wanted is not None:
                found[str(group)] = wanted
        return found

    def _group(self, name: str) -> int | None:
        run, table = self._run, self._run.account.tables["group"]
        if run.match_by.get("group", run.options.group_match) == "id":
            record = table.get(kindful_id(name))
            return record.id if record else None
        found = table.find(("name", folded(name)))
        return (found[0] if found else table.add({"name": name}, run.account.now())).id

    def _custom(self, row: Row) -> dict[str, Any]:
        """Custom fields declared in `custom_fields`; one that is not declared is no field."""
        found: dict[str, Any] = {}
        for name in _names(self._run.job.body.get("custom_fields")):
            field = self._field(name, make=text(row.get(name)) is not None) if name in row else None
            if field is not None:
                found[str(field.id)] = row[name]
        return found

    def _field(self, name: str, *, make: bool) -> Record | None:
        """A field by external id is made by its first value; by id or name it has to be there."""
        run, table = self._run, self._run.account.tables["custom_field"]
        how = run.match_by.get("custom_field", "external_id")
        if how == "id":
            return table.get(kindful_id(name))
        if how == "name":
            group, _, title = name.rpartition("|")
            return next((row for row in table.find(("name", folded(title))) if row.data["group"] == group), None)
        record = run.account.linked(run.app, "custom_field", name)
        if record is None and make:
            record = table.add({"name": name, "group": "Imported", "type": "text", "values": []}, run.account.now())
            run.app.links["custom_field"].put(record.id, Link(name, record.version))
        return record


def _names(sent: Any) -> list[str]:
    return [str(name) for name in sent] if isinstance(sent, list) else []
