"""Slack: what Slack sends becomes a Request, and what the core answers becomes Block Kit."""
