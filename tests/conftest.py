"""Tests run as the engine does: patched for gevent before anything else is imported."""

from gevent import monkey

monkey.patch_all()
