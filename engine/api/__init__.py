"""The HTTP API: one file per REST resource, and the frame they stand in."""
