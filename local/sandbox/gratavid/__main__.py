"""`python -m local.sandbox.gratavid [--port 4705] [--state-file F]`."""

from local.sandbox.common.server import serve_from_command_line
from local.sandbox.gratavid.app import build_app
from local.sandbox.gratavid.world import World

if __name__ == "__main__":
    serve_from_command_line("the Gratavid API", lambda state_file: build_app(World(), state_file), 4705)
