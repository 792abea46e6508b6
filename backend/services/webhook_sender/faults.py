"""Why an endpoint gave no answer.

WebhookSendError
├── WebhookRefused                 the guard stopped it (final until the endpoint or the operator's list changes)
├── WebhookUnreachable             no address, no connection, connection lost
├── WebhookTlsFailed               the certificate or the handshake failed
├── WebhookTimedOut                no status line within the time allowed
├── WebhookReplyInvalid            what came back is not HTTP
├── WebhookTokenFailed             the authorization server gave no access token, so nothing was sent
├── WebhookCertificateUnusable     the endpoint's own certificates cannot be used, so nothing was sent
└── WebhookProxyFailed             the operator's proxy is at fault, not the endpoint
"""

from __future__ import annotations

import ssl
from http import HTTPStatus
from typing import ClassVar, Final

import aiohttp

from backend.core.errors import ErrorKind, OpenRegError
from backend.services.egress import EgressError, NameNotResolved

#: What a proxy answers when it is well and the other side is not.
_BEYOND_THE_PROXY: Final = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)


class WebhookSendError(OpenRegError):
    """A webhook got no answer."""

    code: ClassVar[str] = "webhook_send_failed"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True
    #: Whether the attempt counts: what is the operator's fault uses up none.
    is_of_endpoint: ClassVar[bool] = True


class WebhookRefused(WebhookSendError):
    """The endpoint's address may not be called."""

    code: ClassVar[str] = "webhook_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID
    transient: ClassVar[bool] = False


class WebhookUnreachable(WebhookSendError):
    """The endpoint could not be reached, or the connection broke."""

    code: ClassVar[str] = "webhook_unreachable"


class WebhookTlsFailed(WebhookSendError):
    """No trusted connection to the endpoint could be made."""

    code: ClassVar[str] = "webhook_tls_failed"


class WebhookTimedOut(WebhookSendError):
    """The endpoint did not answer in time."""

    code: ClassVar[str] = "webhook_timed_out"


class WebhookReplyInvalid(WebhookSendError):
    """The endpoint's answer is not HTTP."""

    code: ClassVar[str] = "webhook_reply_invalid"


class WebhookTokenFailed(WebhookSendError):
    """The authorization server of the endpoint gave no access token; nothing was sent."""

    code: ClassVar[str] = "webhook_token_failed"


class WebhookCertificateUnusable(WebhookSendError):
    """The certificates that are kept for the endpoint cannot be used; nothing was sent."""

    code: ClassVar[str] = "webhook_certificate_unusable"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID
    transient: ClassVar[bool] = False


class WebhookProxyFailed(WebhookSendError):
    """The proxy of this installation did not make a connection; the endpoint was not asked."""

    code: ClassVar[str] = "webhook_proxy_failed"
    is_of_endpoint: ClassVar[bool] = False


def timed_out(seconds: float) -> WebhookTimedOut:
    """Nothing came within the time."""
    return WebhookTimedOut(
        f"The endpoint did not answer within {seconds:g} seconds.",
        fix="Answer with a 2xx status first and do the work afterwards.",
    )


def refused(error: EgressError) -> WebhookSendError:
    """What the guard has said, in words of webhooks."""
    if isinstance(error, NameNotResolved):
        return WebhookUnreachable(error.message, fix=error.fix, extra=error.extra)
    return WebhookRefused(error.message, fix=error.fix, extra=error.extra)


def failure_of(error: Exception) -> WebhookSendError:
    """Name what aiohttp reports; the most specific class first."""
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return _proxy_failure(error)
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError | ssl.SSLError):
        return WebhookTlsFailed(
            f"No trusted connection to the endpoint: {_tls_reason(error)}.",
            fix="Check that the certificate is valid, complete and issued for the host name.",
        )
    if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
        return WebhookRefused("The endpoint's URL cannot be called.", fix="Write it as https://host/path.")
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError | OSError):
        return WebhookUnreachable(
            f"The endpoint could not be reached: {_reason(error)}.",
            fix="Check that the endpoint is up and that its firewall lets this installation in.",
        )
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError | ValueError):
        return WebhookReplyInvalid("The endpoint's answer is not valid HTTP.", fix="Check what listens on this port.")
    return WebhookUnreachable("The endpoint could not be reached.", fix="Check that the endpoint is up.")


def _proxy_failure(error: aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError) -> WebhookSendError:
    if isinstance(error, aiohttp.ClientHttpProxyError) and error.status in _BEYOND_THE_PROXY:
        return WebhookUnreachable(
            f"The proxy did not reach the endpoint: it answered {error.status}.",
            fix="Check that the endpoint is up and that its firewall lets the proxy in.",
        )
    reason = f"it answered {error.status}" if isinstance(error, aiohttp.ClientHttpProxyError) else _reason(error)
    return WebhookProxyFailed(
        f"The proxy of this installation made no connection: {reason}.",
        fix="Ask the operator to check WEBHOOK_PROXY_URL and what the proxy allows.",
    )


def _tls_reason(error: Exception) -> str:
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_message
    return (cause.reason or "handshake failed") if isinstance(cause, ssl.SSLError) else "handshake failed"


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it closed the connection without an answer"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
