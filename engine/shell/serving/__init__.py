"""Serving the HTTP API: the server and its limits, keys, counts, and the process that holds them together."""
