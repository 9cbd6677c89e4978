"""The ledger's queries: messages on their way, destinations and their pace."""
