"""The history: an append-only hash chain, its seals, and their verification."""
