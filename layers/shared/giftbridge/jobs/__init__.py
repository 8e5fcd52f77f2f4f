"""The use cases: what a trigger starts and how it gets done."""
