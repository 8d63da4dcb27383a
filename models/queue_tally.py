"""How much waits in the intake queue, by service: sums that the database keeps, so that nobody counts the queue."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.base import Record, stored_enum
from models.service import Service


class QueueTally(Record, table=True):
    """A change of what waits; the sum of all rows is what waits now.

    A trigger adds a row with each case that comes, goes, is held or is ranked anew, so that no two transactions ever
    want the same row; from time to time the rows are folded into one for each service (infra.ranking).
    """

    __tablename__ = "queue_tally"

    service: Service = Field(sa_type=stored_enum(Service))
    cases: int
    persons: int
    saved_fils: int = Field(sa_type=BigInteger)
