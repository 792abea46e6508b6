"""Settings of what is offered to customers, and of its billing."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

from backend.core.frozen_settings import FrozenSettings
from backend.core.setting_forms import web_address


class PublishingSettings(FrozenSettings):
    """Whose content the external API offers, and where customers find their portal."""

    default_publisher: str | None = Field(
        None,
        alias="DEFAULT_PUBLISHER",
        description="Short name of the organisation that customers sign up with; needed when there are several.",
        pattern=r"^[a-z0-9][a-z0-9-]*$",
    )
    portal_url: Annotated[str, BeforeValidator(web_address)] = Field(
        "http://127.0.0.1:8001",
        alias="PORTAL_URL",
        description="Address of the customers' portal; links in mails to customers begin with it.",
    )

    answer_cache_seconds: int = Field(
        3600,
        alias="ANSWER_CACHE_SECONDS",
        description="How long an answer to customers is kept in Redis; a change is seen at once; 0 keeps none.",
        ge=0,
        le=86_400,
    )
    answer_cache_megabytes: int = Field(
        64,
        alias="ANSWER_CACHE_MEGABYTES",
        description="How much of Redis the answers of one publisher may fill within an hour.",
        ge=1,
    )


class StripeSettings(FrozenSettings):
    """Billing of the external API; without keys plans are kept by hand."""

    secret_key: SecretStr | None = Field(
        None, alias="STRIPE_SECRET_KEY", description="Secret key of Stripe; without it plans are kept by hand."
    )
    publishable_key: str | None = Field(
        None, alias="STRIPE_PUBLISHABLE_KEY", description="Publishable key of Stripe, given to browsers."
    )
    webhook_secret: SecretStr | None = Field(
        None, alias="STRIPE_WEBHOOK_SECRET", description="Signing secret of the Stripe webhook."
    )
    webhook_secret_previous: SecretStr | None = Field(
        None,
        alias="STRIPE_WEBHOOK_SECRET_PREVIOUS",
        description="The signing secret before it was rolled, while Stripe still signs with it.",
    )
    price_id: str | None = Field(None, alias="STRIPE_PRICE_ID", description="Price of the default plan at Stripe.")
    api_base: Annotated[str, BeforeValidator(web_address)] = Field(
        "https://api.stripe.com",
        alias="STRIPE_API_BASE",
        description="Address of Stripe's API; another one only to try billing out against a stand-in.",
    )

    @property
    def is_live(self) -> bool:
        """Whether real money moves: what Stripe calls live mode, told by the form of the key."""
        key = self.secret_key.get_secret_value() if self.secret_key else ""
        return key.partition("_")[2].startswith("live_")
