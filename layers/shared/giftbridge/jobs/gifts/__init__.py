"""Gifts: from a reconciled event, or chosen by hand, into the CRM, once."""
