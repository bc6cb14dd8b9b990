"""What other libraries' harvesters have been told about our public sessions."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base


class HarvestRecord(Base):
    """A session as harvesters know it; kept after it stops being public, as a deleted record."""

    __tablename__ = "harvest_record"

    # no foreign key: what was once public is reported as deleted after its session is gone
    session_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    datestamp: Mapped[datetime] = mapped_column(index=True)  # of the last change, whole seconds
    described_at: Mapped[datetime]  # the session's own last change that the datestamp answers for
    deleted: Mapped[bool] = mapped_column(default=False)


class HarvestSet(Base):
    """A collection (an OAI-PMH set) that a harvested session is or was in."""

    __tablename__ = "harvest_set"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("harvest_record.session_id", ondelete="CASCADE"), primary_key=True
    )
    collection_id: Mapped[int] = mapped_column(primary_key=True, index=True)
