"""Bloomerang CRM, REST API v2. It has no webhooks and no idempotency key: polled, and asked before writing again."""
