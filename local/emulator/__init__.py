"""The AWS emulator: MiniStack plus what it lacks. Runs in `.venv-local`, never in the product."""
