"""The `switchboard` command. gevent takes over the standard library before anything else is imported."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

from engine.cli.main import run_command  # noqa: E402


def main() -> int:
    """Run the command line and return its exit code."""
    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
