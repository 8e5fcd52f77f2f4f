"""Gifts that were recorded in the CRM, for the platform: its donors by its API, the gifts in files to be imported."""
