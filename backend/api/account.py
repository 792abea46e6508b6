"""The account of whoever is signed in: name, password, sessions, second factor, tenant."""

from __future__ import annotations

from uuid import UUID

from backend.api.account_services import Account, SecondFactors
from backend.api.dependencies import Runtime, SignedIn
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.account import (
    AccountAnswer,
    AccountChange,
    CodeProof,
    EnrolmentAnswer,
    PasswordChange,
    PasswordProof,
    RecoveryCodes,
    TenantChoice,
)
from backend.api.schemas.auth import AccessToken, SessionAnswer, SessionList
from backend.core.ids import TenantId
from backend.core.problems import problems
from backend.domain.passwords import PasswordTooWeak
from backend.services.accounts import PasswordWrong, SessionNotFound, TenantNotYours
from backend.services.second_factors import SecondFactorOff, SecondFactorOn, SecondFactorRefused
from backend.services.sign_in_throttle import SignInDelayed

router = ResourceRouter(prefix="/auth", tags=["account"])
_PROOF = (PasswordWrong, SignInDelayed)


@router.get("/me")
async def me(account: Account, principal: SignedIn) -> AccountAnswer:
    """Who the access token speaks for, and what they may do."""
    return AccountAnswer.of(await account.view(), principal)


@router.patch("/me")
async def change_me(body: AccountChange, account: Account, principal: SignedIn) -> AccountAnswer:
    """Change the name one is called by."""
    await account.rename(body.full_name)
    return AccountAnswer.of(await account.view(), principal)


@router.post("/change-password", status_code=204, responses=problems(*_PROOF, PasswordTooWeak))
async def change_password(body: PasswordChange, account: Account) -> None:
    """Another password; all other sessions end."""
    await account.change_password(body.current_password.get_secret_value(), body.new_password.get_secret_value())


@router.post("/switch-tenant", responses=problems(TenantNotYours, SessionNotFound))
async def switch_tenant(body: TenantChoice, account: Account, runtime: Runtime) -> AccessToken:
    """Work in another of one's tenants; the session remembers it."""
    token = await account.switch_tenant(TenantId(body.tenant_id), runtime.signer)
    return AccessToken(access_token=token, expires_in=int(runtime.signer.lifetime.total_seconds()))


@router.get("/sessions")
async def list_sessions(account: Account) -> SessionList:
    """Where one is signed in, the newest first."""
    return SessionList(items=[SessionAnswer.of(one, account.session_id) for one in await account.sessions()])


@router.delete("/sessions/{session_id}", status_code=204, responses=problems(SessionNotFound))
async def end_session(session_id: UUID, account: Account) -> None:
    """Sign out there; its tokens stop being accepted at once."""
    await account.end_session(session_id)


@router.post("/second-factor/begin", responses=problems(*_PROOF, SecondFactorOn))
async def begin_second_factor(body: PasswordProof, account: Account, factors: SecondFactors) -> EnrolmentAnswer:
    """A secret for an authenticator app; it counts once a code of it is confirmed."""
    await account.prove_password(body.password.get_secret_value())
    enrolment = await factors.begin()
    return EnrolmentAnswer(secret=enrolment.secret, uri=enrolment.uri)


@router.post(
    "/second-factor/confirm", responses=problems(SecondFactorRefused, SecondFactorOff, SecondFactorOn, SignInDelayed)
)
async def confirm_second_factor(body: CodeProof, factors: SecondFactors) -> RecoveryCodes:
    """Switch the second factor on with a code that the app shows."""
    return RecoveryCodes(recovery_codes=await factors.confirm(body.code.get_secret_value()))


@router.delete("/second-factor", status_code=204, responses=problems(*_PROOF, SecondFactorOff))
async def disable_second_factor(body: PasswordProof, account: Account, factors: SecondFactors) -> None:
    """Switch the second factor off."""
    await account.prove_password(body.password.get_secret_value())
    await factors.disable()


@router.post("/second-factor/recovery-codes", responses=problems(*_PROOF, SecondFactorOff))
async def renew_recovery_codes(body: PasswordProof, account: Account, factors: SecondFactors) -> RecoveryCodes:
    """Fresh recovery codes; the former ones stop working."""
    await account.prove_password(body.password.get_secret_value())
    return RecoveryCodes(recovery_codes=await factors.renew_recovery_codes())
