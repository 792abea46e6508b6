"""What customers have called: every request, and the sums by day and by month that are counted from them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.persistence.models.entity import Entity, TenantBound


class CustomerRequest(TenantBound, Entity):
    """One call with a key, let through or refused; ``is_counted`` when it counts to the month's quota."""

    __tablename__ = "customer_requests"
    __table_args__ = (Index("ix_customer_requests_of_customer", "customer_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    key_id: Mapped[UUID] = mapped_column(ForeignKey("customer_api_keys.id"), index=True)
    at: Mapped[datetime]
    method: Mapped[str] = mapped_column(String(10))
    route: Mapped[str] = mapped_column(String(200))
    status: Mapped[int]
    milliseconds: Mapped[int]
    is_counted: Mapped[bool]
    address: Mapped[str | None] = mapped_column(String(60))
    request_id: Mapped[str] = mapped_column(String(100))


class CustomerUsageDay(TenantBound, Entity):
    """How many calls a key made on a day (UTC) to one route with one outcome."""

    __tablename__ = "customer_usage_days"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("customer_api_keys.id"), primary_key=True, index=True)
    method: Mapped[str] = mapped_column(String(10), primary_key=True)
    route: Mapped[str] = mapped_column(String(200), primary_key=True)
    status: Mapped[int] = mapped_column(primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger)


class CustomerUsageMonth(TenantBound, Entity):
    """How many calls of a month (such as ``2026-11``) count to the quota, and up to which share that was told."""

    __tablename__ = "customer_usage_months"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    counted: Mapped[int] = mapped_column(BigInteger)
    noticed_percent: Mapped[int]
