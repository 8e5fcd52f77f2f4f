"""`python -m local.sandbox.wegive [--port 4704] [--state-file F]`."""

from local.sandbox.common.server import serve_from_command_line
from local.sandbox.wegive.app import build_app
from local.sandbox.wegive.world import World

if __name__ == "__main__":
    serve_from_command_line("the WeGive dashboard API", lambda state_file: build_app(World(), state_file), 4704)
