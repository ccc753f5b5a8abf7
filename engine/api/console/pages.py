"""Every page of the console, put at its address by being imported here."""

from engine.api.console import calls, dialling, events, flows, sign_in, webhook_form, webhook_orders, webhooks
from engine.api.console.site import site

__all__ = ["calls", "dialling", "events", "flows", "sign_in", "site", "webhook_form", "webhook_orders", "webhooks"]
