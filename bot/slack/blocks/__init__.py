"""Block Kit builders: replies, cards, forms and digests as plain dicts."""
