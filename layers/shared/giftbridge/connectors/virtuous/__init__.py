"""Virtuous CRM+: contacts directly or through its import; gifts only through its import, and confirmed later."""
