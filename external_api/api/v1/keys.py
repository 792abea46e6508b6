"""What a key is and may do: the first call of a new customer."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.core.problems import problems
from backend.services.customer_access import CustomerCaller
from external_api.api.access import KEY_PROBLEMS, KeyCaller

router = APIRouter(tags=["keys"])


class KeyAnswer(BaseModel):
    """The key that a call was made with."""

    customer: str
    key: str = Field(description="The name that it was given.")
    is_test: bool
    plan: str
    scopes: list[str]
    regimes: list[str] | None = Field(description="null: all that are published.")
    api_version: str = Field(description="What its calls get unless they send OpenReg-Version.")
    rate_limit_per_minute: int
    monthly_quota: int | None = Field(description="null: none.")

    @classmethod
    def of(cls, caller: CustomerCaller) -> KeyAnswer:
        """What is known of a caller."""
        own = caller.key_rate_per_minute or caller.rate_per_minute
        return cls(
            customer=caller.customer_name,
            key=caller.key_name,
            is_test=caller.is_test,
            plan=caller.plan,
            scopes=sorted(caller.scopes),
            regimes=None if caller.regimes is None else sorted(caller.regimes),
            api_version=caller.api_version,
            rate_limit_per_minute=min(own, caller.rate_per_minute),
            monthly_quota=caller.monthly_quota,
        )


@router.get("/key", responses=problems(*KEY_PROBLEMS))
async def get_key(caller: KeyCaller) -> KeyAnswer:
    """What this key may read, and how often."""
    return KeyAnswer.of(caller)
