"""Kindful, API v1: an import queue, queries and links instead of records to be read and written one by one."""
