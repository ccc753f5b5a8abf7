"""Webhooks as rules: who is told what, how it is signed, when it is tried again. Pure; the shell does the sending."""
