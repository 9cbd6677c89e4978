"""Queries of the store, one file a subject: each reads, none changes anything."""
