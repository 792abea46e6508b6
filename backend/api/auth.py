"""Sign-in and who is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from backend.api.dependencies import Runtime, SignedIn, auth_service
from backend.api.schemas.auth import AccessToken, Me, SignIn
from backend.core.problems import problems
from backend.core.tokens import TokenInvalid
from backend.services.auth import AuthService, SignInRefused

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/login", responses=problems(SignInRefused))
async def login(body: SignIn, auth: Annotated[AuthService, Depends(auth_service)], runtime: Runtime) -> AccessToken:
    """Exchange e-mail address and password for an access token."""
    token = await auth.sign_in(body.email, body.password.get_secret_value())
    return AccessToken(access_token=token, expires_in=runtime.settings.security.access_token_expire_minutes * 60)


@router.get("/me", responses=problems(TokenInvalid))
async def me(principal: SignedIn) -> Me:
    """Who the access token speaks for."""
    return Me(
        user_id=principal.user_id,
        email=principal.email,
        full_name=principal.full_name,
        tenant=principal.tenant_slug,
        permissions=sorted(principal.permissions),
    )
