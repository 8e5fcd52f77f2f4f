"""The pure part: contacts, gifts and how two sides come to agree. No I/O, no vendor's word."""
