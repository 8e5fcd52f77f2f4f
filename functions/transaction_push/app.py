"""Gifts into the CRM: works for the accounts whose doorbell rings; a reconciled event on the bus comes here too."""

from giftbridge.entry import worker

handler = worker("gifts")
