"""`make bench`: measurements of what is shipped, each beside its bound or beside somebody else's way to do the same."""
