"""One call as a machine: signals in, effects and events out; the journal it can be rebuilt from."""
