"""`python -m local.sandbox.handbid [--port 4702] [--state-file F]`."""

from local.sandbox.common.server import serve_from_command_line
from local.sandbox.handbid.app import build_app

if __name__ == "__main__":
    serve_from_command_line("the Platform API", build_app, 4702)
