"""`python -m local.sandbox.bloomerang [--port 4701] [--state-file F]`."""

from local.sandbox.bloomerang.app import build_app
from local.sandbox.bloomerang.world import World
from local.sandbox.common.server import serve_from_command_line

if __name__ == "__main__":
    serve_from_command_line("the Bloomerang CRM API", lambda state_file: build_app(World(), state_file), 4701)
