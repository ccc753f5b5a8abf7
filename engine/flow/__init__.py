"""Flows: the YAML language of authors, from its files to running steps. Pure: no clock, no sockets, no threads."""
