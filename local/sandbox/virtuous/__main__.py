"""`python -m local.sandbox.virtuous [--port 4706] [--state-file F]`."""

from local.sandbox.common.server import serve_from_command_line
from local.sandbox.virtuous.app import build_app
from local.sandbox.virtuous.world import World

if __name__ == "__main__":
    serve_from_command_line("the Virtuous CRM+ API", lambda state_file: build_app(World(), state_file), 4706)
