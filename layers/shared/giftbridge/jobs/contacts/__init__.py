"""Contacts, both ways: survey what changed on each side, then bring each record and its counterpart to agree."""
