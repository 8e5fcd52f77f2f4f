"""Custom values: write shape in, read shape stored, by the field's pick type."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from local.sandbox.bloomerang.call import Call
from local.sandbox.bloomerang.errors import invalid, required
from local.sandbox.bloomerang.models import CustomValueIn
from local.sandbox.bloomerang.store import Record, Word
from local.sandbox.bloomerang.text import clean_block

_SHAPE = {"Freeform": "Value", "PickOne": "ValueId", "PickMultiple": "ValueIds"}


def apply_custom(
    call: Call, kind: str, stored: list[dict[str, Any]], given: list[CustomValueIn] | None
) -> list[dict[str, Any]]:
    """The read-shaped values after the given ones were written; fields not given stay as they are."""
    values = {value["FieldId"]: value for value in stored}
    for item in given or []:
        field = custom_field(call, kind, item.FieldId)
        written = _written(call, field, item)
        if written is None:
            values.pop(item.FieldId, None)
        else:
            values[item.FieldId] = {"FieldId": item.FieldId, **written}
    return list(values.values())


def check_required(call: Call, kind: str, values: list[dict[str, Any]]) -> None:
    """Refuse when a required field has no value, where the database enforces that."""
    if call.options.required_custom_fields == "ignored":
        return
    have = {value["FieldId"] for value in values}
    for field in call.database.custom_fields:
        data = field.data
        if data["IsRequired"] and data["IsActive"] and field.private["kind"] == kind and field.id not in have:
            raise required(str(data["Name"]))


def custom_field(call: Call, kind: str, field_id: int) -> Record:
    """The active field of this object type; refused when there is none."""
    field = call.database.custom_fields.get(field_id)
    if field is None or field.private["kind"] != kind or not field.data["IsActive"]:
        raise invalid(f"Custom field {field_id} is not valid for {kind}")
    return field


def asked_word(call: Call, kind: str) -> Word | None:
    """The field and value of `customFieldId` + `customFieldValue`, where they were sent."""
    field_id, value = call.query.get("customFieldId"), call.query.get("customFieldValue")
    if field_id is None and value is None:
        return None
    if field_id is None or value is None or not field_id.isdecimal():
        raise invalid("customFieldId and customFieldValue go together")
    return custom_field(call, kind, int(field_id)).id, value


def _written(call: Call, field: Record, item: CustomValueIn) -> dict[str, Any] | None:
    shape = _SHAPE[field.data["PickType"]]
    if item.model_fields_set != {"FieldId", shape}:
        raise invalid(f"Custom field {field.id} takes {shape}")
    if shape == "Value":
        return _freeform(call, field, item.Value)
    if shape == "ValueId":
        return None if item.ValueId is None else {"Value": _picked(call, field, item.ValueId)}
    return {"Values": [_picked(call, field, value) for value in item.ValueIds]} if item.ValueIds else None


def _freeform(call: Call, field: Record, text: str | None) -> dict[str, Any] | None:
    if not text:
        return None
    _check_type(field.data["DataType"], text)
    value = clean_block(text, call.options.note_limit, call.options)
    return {"Value": {"Id": call.database.new_id("custom value"), "Value": value}}


def _picked(call: Call, field: Record, value_id: int) -> dict[str, Any]:
    value = call.database.custom_values.get(value_id)
    if value is None or value.data["FieldId"] != field.id or not value.data["IsActive"]:
        raise invalid(f"Custom value {value_id} is not valid for field {field.id}")
    return {"Id": value.id, "Value": value.data["Value"]}


def _check_type(data_type: str, text: str) -> None:
    try:
        if data_type in {"Currency", "Decimal"}:
            Decimal(text)
        elif data_type == "Date":
            date.fromisoformat(text)
        elif data_type == "Year":
            int(text)
    except (InvalidOperation, ValueError) as error:
        raise invalid(f"'{text}' is not a {data_type}") from error
