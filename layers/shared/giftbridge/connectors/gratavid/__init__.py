"""Gratavid, a platform of thank-you videos. It has neither contacts nor gifts of its own to sync: it is told whom to
thank, and tells what became of it."""
