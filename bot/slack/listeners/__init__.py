"""Bolt listeners, one file a kind of request."""
