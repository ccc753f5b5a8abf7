"""Durable delivery: from the stream of events into one queue per endpoint, and on to the endpoint, at least once."""
