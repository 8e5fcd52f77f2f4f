"""Daily exports: works for the accounts whose doorbell rings; the daily schedule comes here too."""

from giftbridge.entry import worker

handler = worker("exports")
