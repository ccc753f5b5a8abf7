"""The `switchboard` command: one file per subcommand, named after its words (`flow_check.py` is `flow check`).

A command module has `HELP`, one line; `arguments(parser)`, which adds its own; and `run(options)`, which does it and
returns the exit code. It imports what it needs inside `run`, so that every command starts quickly.
"""
