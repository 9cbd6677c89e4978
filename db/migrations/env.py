"""Runs the migrations on the connection that `db.migrate` holds, inside its transaction.

`alembic` on the command line is for writing a new version: it takes the store from
DULY_DATABASE_URL.
"""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlmodel import SQLModel

import db.tables  # noqa: F401  (fills the metadata)
from db.migrate import is_compared


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_object=is_compared,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


held: Connection | None = context.config.attributes.get("connection")
if held is not None:
    run(held)
else:
    with create_engine(os.environ["DULY_DATABASE_URL"]).connect() as opened:
        run(opened)
        opened.commit()
