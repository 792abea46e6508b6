"""Problem documents (RFC 9457): the one place where errors become HTTP answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.json_pointer import json_pointer
from backend.core.problem_documents import MEDIA_TYPE, describe_problems

log = structlog.get_logger(__name__)

STATUS_OF_KIND: Mapping[ErrorKind, HTTPStatus] = {
    ErrorKind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorKind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorKind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorKind.CONFLICT: HTTPStatus.CONFLICT,
    ErrorKind.PRECONDITION_FAILED: HTTPStatus.PRECONDITION_FAILED,
    ErrorKind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorKind.RANGE_NOT_SATISFIABLE: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    ErrorKind.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorKind.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Problem(BaseModel):
    """Body of every non-2xx answer."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:openreg:problem:run_not_found"])
    title: str
    status: int
    code: str
    detail: str | None = None
    fix: str | None = Field(default=None, description="The next step, in plain words.")
    request_id: str | None = None
    errors: list[dict[str, object]] | None = Field(default=None, description="Places in the request that are wrong.")


def problems(*errors: type[OpenRegError]) -> dict[int | str, dict[str, object]]:
    """The ``responses`` of a route that may raise these errors."""
    answers: dict[int | str, dict[str, object]] = {}
    for error in errors:
        status = STATUS_OF_KIND[error.kind].value
        known = answers.setdefault(status, {"model": Problem, "description": ""})
        known["description"] = " ".join(filter(None, [str(known["description"]), f"`{error.code}`"]))
    return answers


def install_problem_handlers(app: FastAPI, pages: str | None = None) -> None:
    """Render every error of the application as problem+json, never a stack trace, and describe them so.

    ``pages`` is the path below which the application tells what each code means.
    """
    describe_problems(app)

    @app.exception_handler(OpenRegError)
    async def openreg_error(request: Request, error: OpenRegError) -> JSONResponse:
        status = STATUS_OF_KIND[error.kind]
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("request_failed", code=error.code, path=request.url.path, exc_info=error)
        extra = dict(error.extra)
        headers = _headers(status, extra)
        if pages is not None:
            headers["Link"] = f'<{pages}/{error.code}>; rel="help"'
        return _answer(request, status, error.code, error.message, fix=error.fix, extra=extra, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def request_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        places = [
            {"pointer": json_pointer(place["loc"]), "code": place["type"], "detail": place["msg"]}
            for place in error.errors()
        ]
        return _answer(
            request,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "request_invalid",
            "The request does not have the expected form.",
            extra={"errors": places},
        )

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        if status is HTTPStatus.BAD_REQUEST:
            # Only the framework says so, of a body that is no JSON in UTF-8, or no form with parts.
            place = {"loc": ("body",), "type": "body_unreadable", "msg": str(error.detail)}
            return await request_invalid(request, RequestValidationError([place]))
        return _answer(request, status, status.name.lower(), str(error.detail), headers=error.headers)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("request_crashed", path=request.url.path, exc_info=error)
        # A crash is answered outside of every middleware, so the id is put into the headers here.
        request_id = getattr(request.state, "request_id", None)
        return _answer(
            request,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "internal_error",
            "Something went wrong on our side; the request id leads to the log entry.",
            headers={"X-Request-ID": request_id} if request_id else None,
        )


def _answer(  # noqa: PLR0913 - the parts of a problem document
    request: Request,
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    fix: str | None = None,
    extra: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    problem = Problem(
        type=f"urn:openreg:problem:{code}",
        title=status.phrase,
        status=status.value,
        code=code,
        detail=detail,
        fix=fix,
        request_id=getattr(request.state, "request_id", None),
        **_extra(extra),
    )
    return JSONResponse(
        problem.model_dump(mode="json", exclude_none=True),
        status_code=status.value,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def _headers(status: HTTPStatus, extra: Mapping[str, object]) -> dict[str, str]:
    """What HTTP says in a header: when to come again, how to sign in, what there is instead."""
    headers = {"Retry-After": str(extra["retry_after_seconds"])} if "retry_after_seconds" in extra else {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status is HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and "size_bytes" in extra:
        headers["Content-Range"] = f"bytes */{extra['size_bytes']}"
    if status is HTTPStatus.PRECONDITION_FAILED and "etag" in extra:
        headers["ETag"] = str(extra["etag"])
    return headers


def _extra(extra: Mapping[str, object] | None) -> dict[str, object]:
    reserved = set(Problem.model_fields) - {"errors"}
    return {name: value for name, value in (extra or {}).items() if name not in reserved and _is_json(value)}


def _is_json(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(_is_json(part) for part in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return all(_is_json(part) for part in value)
    return value is None or isinstance(value, str | int | float | bool)
