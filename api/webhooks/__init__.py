"""Webhooks: addresses that are called when the answer to a filter changes."""
