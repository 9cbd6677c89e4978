"""The scheduler: planning, reconciling, the outbox, delivery, the forecast."""
