"""Rows for people's identities on chat platforms, in the place of two columns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PLATFORMS = ("slack", "teams")

PERSON = sa.table(
    "person", *(sa.column(name, sa.String) for name in ("organisation", "key", *PLATFORMS))
)
ORGANISATION = sa.table("organisation", sa.column("id", sa.Integer), sa.column("file", sa.JSON))


def upgrade() -> None:
    identity = op.create_table(
        "identity",
        sa.Column("organisation", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation", "person", "platform"),
    )
    op.create_index("ix_identity_organisation", "identity", ["organisation"])
    for platform in PLATFORMS:
        column = PERSON.c[platform]
        known = sa.select(
            PERSON.c.organisation, PERSON.c.key, sa.literal(platform), column
        ).where(column.is_not(None))
        names = ["organisation", "person", "platform", "platform_id"]
        op.execute(identity.insert().from_select(names, known))
    leave_out_unknown_identities()
    with op.batch_alter_table("person") as person:
        for platform in PLATFORMS:
            person.drop_column(platform)


def leave_out_unknown_identities() -> None:
    """In the organisation file as last applied, a person has only the identities that are known:
    else everybody would seem changed when it is applied again."""
    connection = op.get_bind()
    for id, file in connection.execute(sa.select(ORGANISATION.c.id, ORGANISATION.c.file)).all():
        if not file:
            continue
        people = {
            key: {name: value for name, value in person.items() if value is not None}
            for key, person in file["people"].items()
        }
        connection.execute(
            ORGANISATION.update()
            .where(ORGANISATION.c.id == id)
            .values(file={**file, "people": people})
        )
