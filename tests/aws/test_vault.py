"""P07: a secret opens for its owner alone, and moves to another key without anybody seeing it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from giftbridge.aws.vault import Envelope, Keyring, Vault, decrypt, encrypt, token
from giftbridge.errors import ConfigError

OWNER = {"organisation": "platform:org", "connection": "c1", "provider": "crm"}
SECRET: dict[str, object] = {"kind": "oauth", "access_token": "at-1", "refresh_token": "rt-1" * 2000}
NOW = datetime(2026, 3, 1, tzinfo=UTC)
STRICT = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def kms() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("kms", region_name="us-east-1")


@pytest.fixture
def new_vault(kms: Any) -> Callable[[], Vault]:
    return lambda: Vault(kms, kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture
def vault(new_vault: Callable[[], Vault]) -> Vault:
    return new_vault()


def test_P07_a_secret_of_any_size_comes_back(vault: Vault) -> None:
    sealed = vault.seal("credentials", OWNER, SECRET)
    assert vault.open("credentials", OWNER, sealed) == SECRET
    assert b"at-1" not in sealed["data"]
    assert vault.seal("credentials", OWNER, SECRET)["data"] != sealed["data"]


@pytest.mark.parametrize("part", sorted(OWNER))
def test_P07_nobody_else_opens_it(vault: Vault, part: str) -> None:
    sealed = vault.seal("credentials", OWNER, SECRET)
    with pytest.raises(ConfigError):
        vault.open("credentials", {**OWNER, part: "other"}, sealed)
    with pytest.raises(ConfigError):
        vault.open("oauth", OWNER, sealed)


@pytest.mark.parametrize("part", ["key", "data"])
@pytest.mark.parametrize("spoil", [lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), lambda raw: raw[:5], lambda _: b""])
def test_P07_what_was_tampered_with_stays_shut(vault: Vault, part: str, spoil: Callable[[bytes], bytes]) -> None:
    sealed = vault.seal("credentials", OWNER, SECRET)
    raw = sealed["key"] if part == "key" else sealed["data"]
    spoilt: Envelope = {"v": 1, "key": sealed["key"], "data": sealed["data"], part: spoil(raw)}  # type: ignore[misc]
    if part == "key" and spoilt["key"] == b"":
        return  # the client itself refuses to send nothing
    with pytest.raises(ConfigError):
        vault.open("credentials", OWNER, spoilt)


def test_P07_another_envelopes_data_does_not_open_under_this_key(vault: Vault) -> None:
    one, other = vault.seal("credentials", OWNER, SECRET), vault.seal("credentials", OWNER, {"kind": "other"})
    with pytest.raises(ConfigError):
        vault.open("credentials", OWNER, {**one, "data": other["data"]})


def test_P07_a_data_key_moves_to_another_master_key(new_vault: Callable[[], Vault]) -> None:
    old, new = new_vault(), new_vault()
    sealed = old.seal("credentials", OWNER, SECRET)
    moved = new.rewrap("credentials", OWNER, sealed["key"])
    assert moved is not None
    assert moved != sealed["key"]
    assert new.open("credentials", OWNER, {**sealed, "key": moved}) == SECRET
    assert old.open("credentials", OWNER, sealed) == SECRET, "the old one opens until it is replaced"
    assert new.rewrap("credentials", OWNER, moved) is None, "it is there already"


@STRICT
@given(plain=st.binary(max_size=300), associated=st.binary(max_size=40), other=st.binary(max_size=40))
def test_ciphertext_is_bound_to_its_surroundings(plain: bytes, associated: bytes, other: bytes) -> None:
    key = b"k" * 32
    sealed = encrypt(key, plain, associated)
    assert decrypt(key, sealed, associated) == plain
    if other != associated:
        with pytest.raises(ConfigError):
            decrypt(key, sealed, other)
    with pytest.raises(ConfigError):
        decrypt(b"x" * 32, sealed, associated)


@given(st.text(max_size=200))
def test_labels_open_until_they_expire(label: str) -> None:
    ring = Keyring(b"k" * 32)
    sealed = ring.seal(label, NOW + timedelta(days=1))
    assert ring.open(sealed, NOW) == label
    assert ring.open(sealed, NOW + timedelta(days=1)) == ""


def test_a_labels_life_can_not_be_prolonged() -> None:
    ring = Keyring(b"k" * 32)
    sealed = {**ring.seal("Ada Lane", NOW + timedelta(days=1)), "until": int((NOW + timedelta(days=9)).timestamp())}
    with pytest.raises(ConfigError):
        ring.open(sealed, NOW)


def test_one_accounts_labels_are_shut_to_another() -> None:
    sealed = Keyring(b"1" * 32).seal("Ada Lane", NOW + timedelta(days=1))
    with pytest.raises(ConfigError):
        Keyring(b"2" * 32).open(sealed, NOW)


def test_uses_of_a_key_are_kept_apart_and_out_of_sight() -> None:
    ring = Keyring(b"secret-key-of-an-account-32-byte")
    assert ring.fingerprints not in (ring.key, Keyring(b"2" * 32).fingerprints)
    assert "secret-key" not in repr(ring)


def test_tokens_are_long_random_and_fit_a_url() -> None:
    made = {token() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one) >= 43 and one.replace("-", "").replace("_", "").isalnum() for one in made)
