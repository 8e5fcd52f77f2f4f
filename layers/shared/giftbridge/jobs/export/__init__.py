"""The daily export: what was done, in numbers and ids, for the books."""
