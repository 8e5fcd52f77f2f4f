"""What is stored reads as boto3 would write it."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.stores.attributes import pack, pack_item, unpack, unpack_item

SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text() | st.binary()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@given(VALUES)
def test_values_are_written_as_boto3_writes_them_and_come_back(value: Any) -> None:
    packed = pack(value)
    assert packed == TypeSerializer().serialize(value)
    assert unpack(packed) == value == _plain(TypeDeserializer().deserialize(packed))


def test_values_come_back_as_they_went() -> None:
    item = {"pk": "a", "n": 7, "big": 2**60, "data": b"\x00\x01", "list": [1, {"deep": b"x"}], "yes": True, "map": {}}
    assert unpack_item(pack_item({**item, "none": None})) == item
    assert unpack({"N": "1.5"}) == 1.5


@pytest.mark.parametrize("wrong", [1.5, {1, 2}, object()])
def test_what_is_never_stored_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError):
        pack(wrong)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, Binary):
        return bytes(value.value)  # type: ignore[attr-defined]
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
