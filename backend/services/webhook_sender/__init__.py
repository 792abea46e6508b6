"""The sender of webhooks: connections, TLS, tokens, and one request with its reply."""

from backend.services.webhook_sender.faults import (
    WebhookCertificateUnusable,
    WebhookProxyFailed,
    WebhookRefused,
    WebhookReplyInvalid,
    WebhookSendError,
    WebhookTimedOut,
    WebhookTlsFailed,
    WebhookTokenFailed,
    WebhookUnreachable,
)
from backend.services.webhook_sender.sender import EXCERPT_BYTES, WebhookReply, WebhookSender

__all__ = [
    "EXCERPT_BYTES",
    "WebhookCertificateUnusable",
    "WebhookProxyFailed",
    "WebhookRefused",
    "WebhookReply",
    "WebhookReplyInvalid",
    "WebhookSendError",
    "WebhookSender",
    "WebhookTimedOut",
    "WebhookTlsFailed",
    "WebhookTokenFailed",
    "WebhookUnreachable",
]
