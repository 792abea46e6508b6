"""The second factor over HTTP: switched on with proof, asked for at sign-in, each code good once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from backend.core.clock import utc_now
from backend.core.crypto import SecretBox
from backend.core.tokens import TokenSigner
from backend.core.totp import code_of, step_at
from backend.persistence.models.session import SecondFactor
from backend.services.auth import CHALLENGE
from tests.factories.installation import Installation
from tests.factories.people import PASSWORD, Person, new_member

AUTH = "/api/v1/auth"
FACTOR = f"{AUTH}/second-factor"
SignIn = Callable[[Person], httpx.AsyncClient]


async def log_in(client: httpx.AsyncClient, person: Person, password: str = PASSWORD) -> httpx.Response:
    return await client.post(f"{AUTH}/login", json={"email": person.email, "password": password})


async def answer(client: httpx.AsyncClient, challenge: str, code: str) -> httpx.Response:
    return await client.post(f"{AUTH}/login/second-factor", json={"challenge": challenge, "code": code})


async def challenge_of(client: httpx.AsyncClient, person: Person) -> str:
    response = await log_in(client, person)
    body = response.json()
    assert (response.status_code, body["status"]) == (200, "second_factor_required")
    assert "access_token" not in body
    assert "openreg_session" not in response.cookies
    return str(body["challenge"])


def code(secret: str, steps: int = 0) -> str:
    return code_of(secret, step_at(utc_now()) + steps)


async def switch_on(api: httpx.AsyncClient) -> tuple[str, list[str]]:
    """The app's secret and the recovery codes; the code of the former step is used up."""
    begun = await api.post(f"{FACTOR}/begin", json={"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    secret = begun.json()["secret"]
    assert secret in begun.json()["uri"]
    confirmed = await api.post(f"{FACTOR}/confirm", json={"code": code(secret, -1)})
    assert confirmed.status_code == 200, confirmed.text
    return secret, confirmed.json()["recovery_codes"]


async def test_signing_in_asks_for_a_code_once_the_app_is_confirmed(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, owner: Person
) -> None:
    begun = (await api.post(f"{FACTOR}/begin", json={"password": PASSWORD})).json()
    assert (await log_in(anonymous, owner)).json()["status"] == "signed_in", "an app nobody confirmed locks nobody out"
    wrong = await api.post(f"{FACTOR}/confirm", json={"code": "000000"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "second_factor_refused")
    assert (await api.get(f"{AUTH}/me")).json()["has_second_factor"] is False
    secret, _ = await switch_on(api)
    assert secret != begun["secret"]
    assert (await api.get(f"{AUTH}/me")).json()["has_second_factor"] is True
    challenge = await challenge_of(anonymous, owner)
    signed_in = await answer(anonymous, challenge, code(secret))
    assert (signed_in.status_code, signed_in.json()["status"]) == (200, "signed_in")
    headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    items = (await anonymous.get(f"{AUTH}/sessions", headers=headers)).json()["items"]
    assert [one["has_second_factor"] for one in items if one["is_current"]] == [True]


async def test_a_code_is_good_once(api: httpx.AsyncClient, anonymous: httpx.AsyncClient, owner: Person) -> None:
    secret, _ = await switch_on(api)
    used = code(secret)
    assert (await answer(anonymous, await challenge_of(anonymous, owner), used)).status_code == 200
    again = await answer(anonymous, await challenge_of(anonymous, owner), used)
    assert (again.status_code, again.json()["code"]) == (422, "second_factor_refused")
    earlier = await answer(anonymous, await challenge_of(anonymous, owner), code(secret, -1))
    assert earlier.status_code == 422, "nor may one before the last be used"
    assert (await answer(anonymous, await challenge_of(anonymous, owner), code(secret, 1))).status_code == 200


async def test_a_recovery_code_stands_in_once_however_it_is_typed(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, owner: Person
) -> None:
    _, codes = await switch_on(api)
    assert len(set(codes)) == 10
    typed = codes[0].upper().replace("-", " ")
    assert (await answer(anonymous, await challenge_of(anonymous, owner), typed)).status_code == 200
    assert (await answer(anonymous, await challenge_of(anonymous, owner), codes[0])).status_code == 422
    assert (await answer(anonymous, await challenge_of(anonymous, owner), codes[1])).status_code == 200
    fresh = (await api.post(f"{FACTOR}/recovery-codes", json={"password": PASSWORD})).json()["recovery_codes"]
    assert not set(fresh) & set(codes)
    assert (await answer(anonymous, await challenge_of(anonymous, owner), codes[2])).status_code == 422
    assert (await answer(anonymous, await challenge_of(anonymous, owner), fresh[2])).status_code == 200


async def test_codes_of_one_person_are_nothing_to_another(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, owner: Person, stranger: Person, sign_in: SignIn
) -> None:
    secret, codes = await switch_on(api)
    await switch_on(sign_in(stranger))
    challenge = await challenge_of(anonymous, stranger)
    for wrong in (code(secret), codes[0]):
        assert (await answer(anonymous, challenge, wrong)).status_code == 422


async def test_the_password_is_asked_for_again_before_anything_changes(api: httpx.AsyncClient) -> None:
    wrong = {"password": "wrong"}
    for method, path in (("POST", "/begin"), ("POST", "/recovery-codes"), ("DELETE", "")):
        response = await api.request(method, FACTOR + path, json=wrong)
        assert (response.status_code, response.json()["code"]) == (422, "password_wrong"), path
    assert (await api.request("DELETE", FACTOR, json={"password": PASSWORD})).json()["code"] == "second_factor_off"
    assert (await api.post(f"{FACTOR}/confirm", json={"code": "123456"})).json()["code"] == "second_factor_off"


async def test_what_is_on_is_not_replaced_in_passing_and_can_be_switched_off(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, owner: Person
) -> None:
    secret, _ = await switch_on(api)
    again = await api.post(f"{FACTOR}/begin", json={"password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (409, "second_factor_on")
    assert (await api.post(f"{FACTOR}/confirm", json={"code": code(secret)})).json()["code"] == "second_factor_on"
    assert (await api.request("DELETE", FACTOR, json={"password": PASSWORD})).status_code == 204
    assert (await log_in(anonymous, owner)).json()["status"] == "signed_in"


async def test_a_challenge_is_for_one_account_and_for_five_minutes(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, owner: Person, signer: TokenSigner
) -> None:
    secret, _ = await switch_on(api)
    old = signer.sign_as(
        CHALLENGE, subject=owner.user_id, now=utc_now() - timedelta(minutes=6), lifetime=timedelta(minutes=5)
    )
    for challenge in (old, "x", "", old[:-2]):
        response = await answer(anonymous, challenge, code(secret))
        assert (response.status_code, response.json()["code"]) == (401, "challenge_expired")


@pytest.mark.parametrize("text", ["", "0", "\x00", "１２３４５６", "ü" * 16, "' or 1=1 --", "9" * 40])
async def test_odd_codes_are_wrong_codes(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, owner: Person, text: str
) -> None:
    await switch_on(api)
    assert (await answer(anonymous, await challenge_of(anonymous, owner), text)).status_code == 422


async def test_ten_wrong_codes_begin_a_wait_that_only_the_password_could_cause(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, owner: Person
) -> None:
    secret, _ = await switch_on(api)
    challenge = await challenge_of(anonymous, owner)
    wrong = [(await answer(anonymous, challenge, f"{number:06d}")).status_code for number in range(11)]
    assert wrong[:10] == [422] * 10
    assert wrong[10] == 429
    delayed = await answer(anonymous, challenge, code(secret))
    assert (delayed.status_code, delayed.json()["code"]) == (429, "sign_in_delayed")
    assert 1 <= int(delayed.headers["retry-after"]) <= 30


async def test_the_secret_is_stored_encrypted_and_codes_as_hashes(
    api: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    secret, codes = await switch_on(api)
    async with installation.database.transaction(owner.tenant, user_id=owner.user_id) as session:
        stored = await session.get_one(SecondFactor, owner.user_id)
    assert secret.encode() not in stored.secret
    box: SecretBox = installation.box
    assert box.open(stored.secret) == {"secret": secret}
    assert codes


async def test_a_colleague_cannot_see_whether_one_has_a_second_factor(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    await switch_on(api)
    await new_member(installation.database, owner.tenant, "acme", "colleague@example.test")
    assert (await log_in(anonymous, owner, "wrong")).json()["code"] == "sign_in_refused"
