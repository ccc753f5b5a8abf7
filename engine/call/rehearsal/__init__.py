"""Calls in imagination: the machine of a live call, a switch that exists nowhere, and time that passes at will."""
