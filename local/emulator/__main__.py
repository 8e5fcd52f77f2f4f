"""Start the emulator: `python -m local.emulator --port N --directory DIR [--manual-clock] [--no-state]`."""

import argparse
import asyncio
import os
import sys
from pathlib import Path


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="local.emulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--directory", type=Path, required=True, help="state, logs and unpacked code go here")
    parser.add_argument("--manual-clock", action="store_true", help="schedules fire only when told to")
    parser.add_argument("--no-state", action="store_true", help="keep nothing over a restart")
    return parser.parse_args()


def _configure(port: int, directory: Path, keep: bool) -> None:
    """MiniStack reads its settings from the environment when it is imported."""
    scratch = directory / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": os.environ.get("GIFTBRIDGE_EMULATOR_LOG_LEVEL", "WARNING"),
        "MINISTACK_HOST": "127.0.0.1",
        "PERSIST_STATE": str(int(keep)),
        "S3_DATA_DIR": str(directory / "s3"),
        "S3_PERSIST": str(int(keep)),
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(directory / "state" / "current"),
        "TMPDIR": str(scratch),
    }


def main() -> None:
    """Serve until told to stop."""
    arguments = _arguments()
    directory = arguments.directory.resolve()
    keep = not arguments.no_state
    _configure(arguments.port, directory, keep)
    from local.emulator import server  # after the environment is set

    sys.exit(asyncio.run(server.serve(arguments.port, directory, keep=keep, ticking=not arguments.manual_clock)))


if __name__ == "__main__":
    main()
