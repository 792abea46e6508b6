"""ETag out, If-Match in."""

from typing import Annotated

from fastapi import Depends, Header, Response

from backend.core.etags import Precondition


async def precondition(
    if_match: Annotated[
        str | None, Header(alias="If-Match", max_length=500, description="The ETag of the state that was seen.")
    ] = None,
) -> Precondition:
    """What the caller believes to change."""
    return Precondition(if_match)


def tag(response: Response, etag: str) -> None:
    """Tell the caller which state this answer shows."""
    response.headers["ETag"] = etag


IfMatch = Annotated[Precondition, Depends(precondition)]
