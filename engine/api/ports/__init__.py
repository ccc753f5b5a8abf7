"""What the API needs of the world, as Protocols: the shell implements them, tests hold them in memory."""
