"""WeGive: donors and donations, read from its dashboard API."""
