"""Create sessions, events, fingerprints and verdicts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fingerprints",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("payload", sa.JSON, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(255), primary_key=True),
        sa.Column("case", sa.String(255), nullable=False),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("fingerprint", sa.String(64), sa.ForeignKey("fingerprints.digest"), nullable=True),
    )
    op.create_table(
        "events",
        sa.Column("session_id", sa.String(255), sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("answer_id", sa.String(255), nullable=True),
        sa.Column("payload", sa.JSON, nullable=False),
    )
    op.create_index("uq_events_answer", "events", ["session_id", "answer_id"], unique=True)
    op.create_table(
        "verdicts",
        sa.Column("session_id", sa.String(255), sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("criterion", sa.String(255), primary_key=True),
        sa.Column("fingerprint", sa.String(64), sa.ForeignKey("fingerprints.digest"), primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("verdicts")
    op.drop_table("events")
    op.drop_table("sessions")
    op.drop_table("fingerprints")
