"""Contacts, both ways: works for the accounts whose doorbell rings; the minute tick comes here too."""

from giftbridge.entry import worker

handler = worker("contacts")
