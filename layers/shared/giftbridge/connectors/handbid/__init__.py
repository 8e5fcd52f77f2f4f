"""Handbid publishes no server API for contacts, receipts or reconciliation: it is reached through the Platform API."""
