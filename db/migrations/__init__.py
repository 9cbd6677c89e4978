"""The store's versions, by Alembic: what `db.migrate` runs on a new or an older store."""
