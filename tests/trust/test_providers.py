"""Users of three OpenID Connect providers beside two tenants of Entra, and everybody's forgeries."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jwt as pyjwt
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from acs_emulator.certificates import certificates
from tests.e2e.conftest import App, is_problem
from tests.entra_stand_in import CLIENT_ID, Entra, hmac_signed, new_guid, unsigned
from tests.oidc_stand_in import ALGORITHMS, AUDIENCE, Provider, running_providers, settings_for
from tests.raw_http import Reply
from tests.serving import Emulator
from tests.tokens import claims_of
from tests.trust.conftest import running_trusted_app
from tests.trust.test_credentials import refusal

ROLES = {"OIDC_ROLE_SCOPES_3": "Agent=voip,chat;Viewer=chat.join.limited", "OIDC_CLAIMS": "email_verified=true"}  # fmt: skip
Providers = list[Provider]


@pytest.fixture(scope="module")
def providers(emulator: Emulator) -> Iterator[Providers]:
    with running_providers(certificates(emulator.authority.parent), *ALGORITHMS) as providers:
        yield providers


@pytest.fixture(scope="module")
def app(
    emulator: Emulator, entra: Entra, providers: Providers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """The app with two tenants of Entra and three other providers, the third one with roles."""
    store = tmp_path_factory.mktemp("store") / "identities.db"
    with running_trusted_app(emulator, entra, store, **settings_for(*providers, **ROLES)) as app:
        yield app
    people = {subject for each in providers for subject in each.people if "person-" in subject}
    assert not any(subject in app.program.output for subject in people)


def me_token(app: App, token: str, body: object = None) -> Reply:
    return app.call("POST", "me/token", body, authorization=f"Bearer {token}")


@pytest.mark.parametrize("number", range(3), ids=ALGORITHMS)
def test_a_user_of_a_provider_has_one_identity(
    app: App, providers: Providers, emulator: Emulator, number: int
) -> None:
    provider = providers[number]
    claims = provider.claims(roles=["Agent"])

    first = me_token(app, provider.sign(claims))
    second = me_token(app, provider.sign(claims | {"exp": int(time.time()) + 60}))

    assert first.status == second.status == 200
    assert first.json["userId"] == second.json["userId"]
    assert emulator.examine(second.json["token"])["valid"]


def test_the_same_subject_at_two_providers_is_two_people(
    app: App, providers: Providers, entra: Entra
) -> None:
    oid = new_guid()
    tokens = [each.token(sub=oid, roles=["Agent"]) for each in providers] + [entra.token(oid=oid)]

    replies = [me_token(app, token) for token in tokens]

    assert len({reply.json["userId"] for reply in replies}) == 4


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": ["https://contoso.example/userinfo", AUDIENCE]},
        {"scope": None, "scp": "acs.token"},
        {"scope": None, "scp": ["openid", "acs.token"]},
        {"nbf": 0},
        {"sub": "auth0|0123456789"},
        {"azp": "", "email": ""},
        {"email": "a@b.example", "client_id": ""},
        {"sub": "s" * 255},
        {"oid": "1042", "sub": "pairwise"},  # Entra External ID
        {"oid": "1042", "sub": "1042", "tfp": "B2C_1_sign_in"},  # Azure AD B2C
        {"oid": "1042", "sub": "1042", "scp": "acs.token"},
        {"email_verified": "true"},
        {"email_verified": [False, True]},
    ],
    ids=str,
)
def test_good_tokens_come_in_several_forms(
    app: App, providers: Providers, changed: dict[str, Any]
) -> None:
    assert me_token(app, providers[0].token(**changed)).status == 200


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "at+jwt", "application/at+jwt"])
def test_the_type_of_an_access_token_has_several_spellings(
    app: App, providers: Providers, typ: str | None
) -> None:
    token = providers[1].sign(providers[1].claims(), typ=typ)

    assert me_token(app, token).status == 200


NOW = int(time.time())
EVIL_RSA = RSAKey.generate_key(2048)
EVIL: dict[str, RSAKey | ECKey] = {
    "RS256": EVIL_RSA,
    "PS256": EVIL_RSA,
    "ES256": ECKey.generate_key("P-256"),
}
Make = Callable[[Provider, Entra], str]


def claim(**changed: Any) -> Make:
    return lambda provider, entra: provider.token(**changed)


def header(**changed: Any) -> Make:
    return lambda provider, entra: provider.sign(provider.claims(), **changed)


def signed(key: RSAKey | ECKey, claims: dict[str, Any], alg: str, **head: Any) -> str:
    return jwt.encode({"alg": alg, "kid": "first"} | head, claims, key, algorithms=[alg])


def public_pem(provider: Provider) -> bytes:
    return provider.keys["first"].as_pem(private=False)


# Of each provider.
OF_EACH: dict[str, Make] = {
    "alg none": lambda p, e: unsigned({"alg": "none", "kid": "first"}, p.claims()),
    "HS256 with the public key": lambda p, e: hmac_signed(p.claims(), public_pem(p), kid="first"),
    "another key": lambda p, e: signed(EVIL[p.algorithm], p.claims(), p.algorithm),
    "another key with jwk": lambda p, e: signed(EVIL[p.algorithm], p.claims(), p.algorithm, jwk=EVIL[p.algorithm].as_dict(private=False)),
    "another key with jku": lambda p, e: signed(EVIL[p.algorithm], p.claims(), p.algorithm, jku="https://evil.example/keys"),
    "unknown kid": lambda p, e: signed(EVIL[p.algorithm], p.claims(), p.algorithm, kid="unknown"),
    "no kid": lambda p, e: unsigned({"alg": p.algorithm}, p.claims(), "AAAA"),
    "kid a number": lambda p, e: unsigned({"alg": p.algorithm, "kid": 5}, p.claims(), "AAAA"),
    "signature of zeros": lambda p, e: unsigned({"alg": p.algorithm, "kid": "first"}, p.claims(), "A" * 86),
    "no signature": lambda p, e: unsigned({"alg": p.algorithm, "kid": "first"}, p.claims()),
    "claims changed": lambda p, e: ".".join((p.token().split(".")[0], unsigned({}, p.claims()).split(".")[1], p.token().split(".")[2])),
    "crit": lambda p, e: unsigned({"alg": p.algorithm, "kid": "first", "crit": ["b64"], "b64": True}, p.claims(), "AAAA"),
    "expired": claim(exp=NOW - 3600),
    "no expiry": claim(exp=None),
    "expiry a word": claim(exp="tomorrow"),
    "expiry far away": claim(exp=NOW + 10 * 24 * 3600),
    "not yet": claim(nbf=NOW + 3600),
    "issued in the future": claim(iat=NOW + 3600),
    "no iat": claim(iat=None),
    "no audience": claim(aud=None),
    "foreign audience": claim(aud="https://another.example"),
    "audience of Entra": claim(aud=CLIENT_ID),
    "audience with a slash more": claim(aud=f"{AUDIENCE}/"),
    "audiences of others": claim(aud=["https://another.example", "x"]),
    "audiences with a number": claim(aud=[AUDIENCE, 5]),
    "too many audiences": claim(aud=[AUDIENCE, *map(str, range(20))]),
    "audience an object": claim(aud={AUDIENCE: True}),
    "no issuer": claim(iss=None),
    "foreign issuer": claim(iss="https://evil.example"),
    "issuer with a slash more or less": lambda p, e: p.token(iss=p.issuer.rstrip("/") if p.issuer.endswith("/") else f"{p.issuer}/"),
    "issuer in capitals": lambda p, e: p.token(iss=p.issuer.upper()),
    "issuer with a path more": lambda p, e: p.token(iss=f"{p.issuer}/../provider-1"),
    "issuer a list": lambda p, e: p.token(iss=[p.issuer]),
    "no scope": claim(scope=None),
    "another scope": claim(scope="openid profile"),
    "scope that begins alike": claim(scope="acs.token.read"),
    "scope in capitals": claim(scope="ACS.TOKEN"),
    "no subject": claim(sub=None),
    "subject a number": claim(sub=5),
    "subject empty": claim(sub=""),
    "subject too long": claim(sub="s" * 256),
    "subject not ASCII": claim(sub="börk"),
    "subject with a line break": claim(sub="a\nb"),
    "client credentials": claim(sub="the-page"),
    "client credentials of Auth0": claim(sub="the-page@clients"),
    "client credentials by name": claim(gty="client-credentials"),
    "client credentials of RFC 9068": claim(sub="a-client", client_id="a-client"),
    "service account of Google": claim(sub="1042", azp="robot@a.example", email="robot@a.example"),
    "service account of Keycloak": claim(sub="1042", azp="Robot", preferred_username="service-account-robot"),
    "service account of Keycloak without a profile": claim(sub="1042", azp="robot", clientAddress="192.0.2.1"),
    "application of External ID": claim(sub="1042", oid="1042"),
    "logout token": header(typ="logout+jwt"),
    "logout token without type": claim(events={"http://schemas.openid.net/event/backchannel-logout": {}}),
    "security event": header(typ="secevent+jwt"),
    "DPoP proof": header(typ="dpop+jwt"),
    "type a list": lambda p, e: unsigned({"alg": p.algorithm, "kid": "first", "typ": ["JWT"]}, p.claims(), "AAAA"),
    "bound to a key": claim(cnf={"jkt": "x"}),
}  # fmt: skip

# Crossed: what is another's, or would be right elsewhere. By the number of the provider whose
# token it seems to be.
CROSSED: dict[str, Callable[[Providers, Entra], str]] = {
    "key of the second for the first": lambda p, e: p[1].sign(p[0].claims()),
    "key of the first for the second": lambda p, e: p[0].sign(p[1].claims()),
    "key of the third for the first": lambda p, e: p[2].sign(p[0].claims()),
    "key of the first for the third": lambda p, e: p[0].sign(p[2].claims()),
    "key of the second for the third": lambda p, e: p[1].sign(p[2].claims()),
    "RS256 where the key set says PS256": lambda p, e: signed(p[1].keys["first"], p[1].claims(), "RS256"),
    "PS256 where the key set says RS256": lambda p, e: signed(p[0].keys["first"], p[0].claims(), "PS256"),
    "RS512": lambda p, e: signed(p[0].keys["first"], p[0].claims(), "RS512"),
    "key of Entra for the first": lambda p, e: e.sign(p[0].claims()),
    "key of the first for Entra": lambda p, e: p[0].sign(e.claims(), typ="JWT"),
    "key of the second for Entra": lambda p, e: pyjwt.encode(e.claims(), p[1].keys["first"].as_pem(private=True), "RS256", {"kid": "first"}),
    "issuer of Entra, claims of the first": lambda p, e: p[0].token(iss=e.claims()["iss"]),
    "issuer of Entra's first tenant, claims of the first, key of Entra": lambda p, e: e.sign(p[0].claims(iss=e.claims()["iss"])),
    "issuer of the first, claims of Entra": lambda p, e: e.token(iss=p[0].issuer),
    "issuer of the first, claims of Entra, key of the first": lambda p, e: p[0].sign(e.claims(iss=p[0].issuer)),
    "first tenant's user with the second tenant's issuer": lambda p, e: e.token(iss=f"{e.authority}/{e.tenants[1]}/v2.0"),
    "second tenant's user with the first tenant's issuer": lambda p, e: e.token(tenant=e.tenants[1], iss=f"{e.authority}/{e.tenants[0]}/v2.0"),
    "Entra's audience is the providers'": lambda p, e: e.token(aud=AUDIENCE),
    "Entra's scope is the providers'": lambda p, e: e.token(scp="acs.token"),
    "PS256 of Entra": lambda p, e: signed(e.keys["first"], e.claims(), "PS256"),
    "a claim of OIDC_CLAIMS false": lambda p, e: p[0].token(email_verified=False),
    "a claim of OIDC_CLAIMS missing": lambda p, e: p[0].token(email_verified=None),
    "a claim of OIDC_CLAIMS 1": lambda p, e: p[0].token(email_verified=1),
    "a claim of OIDC_CLAIMS within an object": lambda p, e: p[0].token(email_verified={"true": True}),
}  # fmt: skip
FORGED = [(number, kind) for number in range(3) for kind in OF_EACH]


@pytest.fixture(scope="module")
def usual(app: App) -> dict[str, Any]:
    """The problem that a request without a credential gets."""
    return refusal(app.call("POST", "me/token"))


def test_there_are_120_kinds_of_wrong_tokens() -> None:
    assert len(FORGED) + len(CROSSED) >= 120


@pytest.mark.parametrize(("number", "kind"), FORGED)
def test_a_wrong_token_is_refused_like_any_other(
    app: App, providers: Providers, entra: Entra, usual: dict[str, Any], number: int, kind: str
) -> None:
    token = OF_EACH[kind](providers[number], entra)

    assert refusal(me_token(app, token)) == usual


@pytest.mark.parametrize("kind", CROSSED)
def test_a_token_of_one_is_never_accepted_as_anothers(
    app: App, providers: Providers, entra: Entra, usual: dict[str, Any], kind: str
) -> None:
    assert refusal(me_token(app, CROSSED[kind](providers, entra))) == usual


def test_a_new_key_of_a_provider_costs_no_request(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_providers(certificates(emulator.authority.parent), *ALGORITHMS) as providers:
        settings = settings_for(*providers)
        with running_trusted_app(emulator, entra, tmp_path / "x.db", **settings) as app:
            before = [me_token(app, each.token()).status for each in providers]
            for each in providers:
                each.add_key("second")
                del each.keys["first"]
            new = [each.sign(each.claims(), "second") for each in providers for _ in range(3)]
            after = [me_token(app, token).status for token in new]

    assert before == [200] * 3
    assert after == [200] * 9


def test_only_the_roles_scopes_are_given(app: App, providers: Providers) -> None:
    provider = providers[2]
    agent, viewer = provider.token(roles=["Agent", "x"]), provider.token(roles=["Viewer"])
    both = provider.token(roles=["Viewer", "Agent"])

    assert me_token(app, agent).status == 200
    assert me_token(app, agent, {"scopes": ["chat", "voip"]}).status == 200
    assert me_token(app, viewer, {"scopes": ["chat.join.limited"]}).status == 200
    assert me_token(app, both, {"scopes": ["chat.join.limited", "voip"]}).status == 200
    refused = me_token(app, viewer, {"scopes": ["chat.join.limited", "voip"]})
    assert is_problem(refused, 403, "not-allowed")
    assert refused.json["detail"] == "Your roles allow these scopes: chat.join.limited."


def test_a_request_without_scopes_gets_what_the_roles_allow(app: App, providers: Providers) -> None:
    token = me_token(app, providers[2].token(roles=["Viewer"])).json["token"]

    claims = claims_of(token)
    assert claims["acsScope"] == "chat.join.limited"


@pytest.mark.parametrize("roles", [None, [], ["Guest"], "", 5, {"Agent": True}, ["agent"]])
def test_without_a_role_there_is_no_token(app: App, providers: Providers, roles: object) -> None:
    reply = me_token(app, providers[2].token(roles=roles))

    assert is_problem(reply, 403, "not-allowed")
    assert reply.json["detail"] == "You need one of these roles: Agent, Viewer."


def test_a_user_of_another_provider_is_no_teams_user(app: App, providers: Providers) -> None:
    bearer = f"Bearer {providers[0].token()}"

    reply = app.call("POST", "me/teams/token", authorization=bearer)

    assert is_problem(reply, 403, "not-allowed")


def test_a_user_can_revoke_and_delete(app: App, providers: Providers, emulator: Emulator) -> None:
    token = providers[0].token()
    issued = me_token(app, token).json

    assert app.call("POST", "me/revoke", authorization=f"Bearer {token}").status == 204
    assert emulator.examine(issued["token"])["revoked"]
    assert app.call("DELETE", "me", authorization=f"Bearer {token}").status == 204
    assert me_token(app, token).json["userId"] != issued["userId"]


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "no issuer": {"issuer": None},
    "keys over http": {"jwks_uri": "http://localhost/keys"},
    "keys in a file": {"jwks_uri": "file:///etc/passwd"},
    "no address of keys": {"jwks_uri": None},
    "a list of addresses": {"jwks_uri": ["https://localhost/keys"]},
    "an address with a user": {"jwks_uri": "https://user@localhost/keys"},
    "half an address": {"jwks_uri": "https://["},
}


def test_a_discovery_document_that_lies_is_an_outage_of_that_provider_alone(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    algorithms = ["ES256"] * (len(LIES) + 1)
    with running_providers(certificates(emulator.authority.parent), *algorithms) as providers:
        *liars, honest = providers
        for liar, lie in zip(liars, LIES.values(), strict=True):
            liar.document = lie
        settings = settings_for(*providers)
        with running_trusted_app(emulator, entra, tmp_path / "x.db", **settings) as app:
            for liar in liars:
                reply = me_token(app, liar.token())
                assert is_problem(reply, 503, "provider-unavailable"), liar.document
            assert me_token(app, honest.token()).status == 200
            assert me_token(app, entra.token()).status == 200


def test_a_provider_that_hangs_delays_nobody_of_another(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_providers(certificates(emulator.authority.parent), "RS256", "ES256") as (
        one,
        other,
    ):
        one.is_silent = True
        settings = settings_for(one, other)
        with (
            running_trusted_app(emulator, entra, tmp_path / "x.db", **settings) as app,
            ThreadPoolExecutor(4) as pool,
        ):
            hanging = [pool.submit(me_token, app, one.token()) for _ in range(4)]
            others = [me_token(app, each.token()).status for each in (other, entra) * 3]
            are_first = not any(reply.done() for reply in hanging)
            slow = [reply.result() for reply in hanging]

    assert others == [200] * 6
    assert are_first
    assert all(is_problem(reply, 503, "provider-unavailable") for reply in slow)
