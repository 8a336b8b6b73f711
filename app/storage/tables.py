"""The tables as they are now. How they came to be is under `migrations/`; a test holds the two together."""

from sqlalchemy import JSON, Column, Double, ForeignKey, Index, Integer, MetaData, String, Table

REVISION = "0001"
"""The migration that gives these tables."""

metadata = MetaData()

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("payload", JSON, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("case", String(255), nullable=False),
    Column("level", String(32), nullable=False),
    Column("plan", JSON, nullable=False),
    Column("status", String(32), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    # Under which it was graded last.
    Column("fingerprint", String(64), ForeignKey("fingerprints.digest"), nullable=True),
)

events = Table(
    "events",
    metadata,
    Column("session_id", String(255), ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("at", Double, nullable=False),
    # Of answers only; here beside the payload so that the database itself can refuse a second one.
    Column("answer_id", String(255), nullable=True),
    # The event's other fields.
    Column("payload", JSON, nullable=False),
    Index("uq_events_answer", "session_id", "answer_id", unique=True),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("session_id", String(255), ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("criterion", String(255), primary_key=True),
    Column("fingerprint", String(64), ForeignKey("fingerprints.digest"), primary_key=True),
    # Counts the session's verdicts, so that they are given back in the order in which they were saved.
    Column("place", Integer, nullable=False),
    Column("outcome", String(32), nullable=False),
    # The verdict's other fields.
    Column("payload", JSON, nullable=False),
)
