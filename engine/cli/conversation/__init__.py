"""Holding a dialogue with a flow in the terminal: what `switchboard flow try` does."""
