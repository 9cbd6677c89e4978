"""The store's versions, by Alembic: what `db.upgrade` runs on a new or an older store."""
