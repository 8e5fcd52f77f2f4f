"""A soak: many mixed events on the deployed stack, disturbed all the while, and what came of each."""
