"""The cadences that a board had before, under which meetings were held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("board") as board:
        board.add_column(
            sa.Column("earlier_cadences", sa.JSON(), nullable=False, server_default="[]")
        )
    with op.batch_alter_table("board") as board:  # only the rows that were there needed it
        board.alter_column("earlier_cadences", server_default=None)
