"""`python -m local.sandbox.kindful [--port 4703] [--state-file F]`."""

from local.sandbox.common.server import serve_from_command_line
from local.sandbox.kindful.app import build_app
from local.sandbox.kindful.world import World

if __name__ == "__main__":
    serve_from_command_line("the Kindful API", lambda state_file: build_app(World(), state_file), 4703)
