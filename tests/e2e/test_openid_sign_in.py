"""Sign-in with an OpenID Connect provider from the local page: what goes where, and what is refused."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from acs_emulator.certificates import certificates
from acs_emulator.ports import listen, port_of
from tests.e2e.conftest import App
from tests.e2e.test_local_page import PAGE, ask
from tests.entra_stand_in import unsigned
from tests.oidc_stand_in import AUDIENCE, SCOPE, Provider, running_providers, settings_for
from tests.raw_http import Reply, call
from tests.serving import Emulator, in_thread, running_app

RETURN = "/local/signed-in"
IDENTIFIER = "acs-tokens"  # an audience that is no address
FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


@dataclass
class TokenEndpoint:
    """The providers' token endpoint.

    Attributes:
        status: Of its next responses.
        fields: Its next responses.
        forms: What it was sent.
    """

    status: int = 200
    fields: dict[str, Any] = field(default_factory=dict)
    forms: list[dict[str, str]] = field(default_factory=list)

    async def respond(self, request: web.Request) -> web.Response:
        self.forms.append({name: str(value) for name, value in (await request.post()).items()})
        return web.json_response(self.fields, status=self.status)


@dataclass
class Stage:
    """The local host, three providers and their token endpoint."""

    host: App
    providers: list[Provider]
    tokens: TokenEndpoint

    def start(self, number: int = 0, **headers: str) -> Reply:
        """Follow the page's link to a provider."""
        return call(self.host.address, "GET", f"/local/openid/{number}", headers=headers)

    def query(self, number: int = 0) -> dict[str, str]:
        """Start a sign-in, and return what the provider is told."""
        location = self.start(number).headers["Location"]
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    def come_back(self, query: str, **headers: str) -> Reply:
        """Come back from a provider, as its redirect does."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = FROM_ELSEWHERE | names
        return call(self.host.address, "GET", f"{RETURN}?{query}", headers=sent)

    def people(self) -> list[str]:
        """Return the people whom the page offers and who came from a provider."""
        users: list[str] = ask(self.host, "settings").json["users"]
        return [user for user in users if user.startswith("you, with ")]


@pytest.fixture(scope="module")
def started(
    emulator: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[App, list[Provider], str, TokenEndpoint]]:
    files, sockets = certificates(emulator.authority.parent), listen(0)
    endpoint, app = TokenEndpoint(), web.Application()
    app.router.add_post("/token", endpoint.respond)
    base = f"https://localhost:{port_of(sockets)}"
    folder: Path = tmp_path_factory.mktemp("openid")
    with (
        in_thread(app, (sockets, files.server_context())),
        running_providers(files, "RS256", "ES256", "ES256") as providers,
        running_app(
            **settings_for(
                *providers,
                OIDC_CLIENT_ID_2="the-page",
                OIDC_CLIENT_ID_3="the-page",
                OIDC_AUDIENCE_3=IDENTIFIER,
            ),
            ACS_CONNECTION_STRING=emulator.connection_string,
            SSL_CERT_FILE=str(emulator.authority),
            IDENTITY_SQLITE=str(folder / "identities.db"),
        ) as (address, program),
    ):
        yield App(address, program), providers, base, endpoint
        program.stop()
    assert "eyJ" not in program.output


@pytest.fixture
def stage(started: tuple[App, list[Provider], str, TokenEndpoint]) -> Stage:
    """The stage, with a discovery document and a token endpoint that are in order."""
    host, providers, base, endpoint = started
    for provider in providers:
        provider.document = {
            "authorization_endpoint": f"{base}/authorize?tenant=one",
            "token_endpoint": f"{base}/token",
        }
    endpoint.status, endpoint.fields = 200, {}
    endpoint.forms.clear()
    return Stage(host, providers, endpoint)


def test_the_page_offers_the_providers_of_the_settings(stage: Stage) -> None:
    host = urlsplit(stage.providers[0].issuer).netloc

    assert ask(stage.host, "settings").json["providers"] == [
        {"text": f"Sign in with {host}/provider-{number}", "href": f"/local/openid/{number}"}
        for number in range(3)
    ]


def test_the_client_id_is_the_audience(stage: Stage) -> None:
    reply, query = stage.start(), stage.query()

    assert (reply.status, reply.headers["Referrer-Policy"]) == (303, "no-referrer")
    assert query["tenant"] == "one"
    assert (query["client_id"], query["scope"]) == (AUDIENCE, f"openid {SCOPE}")
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert query["redirect_uri"] == stage.host.address + RETURN
    assert not {"resource", "audience"} & set(query)


def test_a_client_id_of_its_own_asks_for_a_token_for_the_audience(stage: Stage) -> None:
    query = stage.query(1)

    assert query["client_id"] == "the-page"
    assert query["resource"] == query["audience"] == AUDIENCE


def test_an_audience_that_is_no_address_is_asked_for_without_a_resource(stage: Stage) -> None:
    query = stage.query(2)
    stage.come_back(f"code=abc&state={query['state']}")

    (form,) = stage.tokens.forms
    assert query["audience"] == form["audience"] == IDENTIFIER
    assert "resource" not in query | form


def test_every_sign_in_has_secrets_of_its_own(stage: Stage) -> None:
    first, second = stage.query(), stage.query()

    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]


def test_a_person_comes_back_and_gets_a_token(stage: Stage) -> None:
    provider, query = stage.providers[1], stage.query(1)
    access_token = provider.token()
    stage.tokens.fields = {
        "access_token": access_token,
        "id_token": provider.sign(provider.claims(aud="the-page", nonce=query["nonce"])),
    }

    reply = stage.come_back(f"code=abc&state={query['state']}")

    (form,) = stage.tokens.forms
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    person = stage.people()[0]
    bearer = ask(stage.host, "sign-in", {"user": person}).json["accessToken"]
    assert reply.status == 200
    assert b"url=/#me" in reply.content
    assert challenge == query["code_challenge"]
    assert (form["code"], form["client_id"]) == ("abc", "the-page")
    assert form["redirect_uri"] == query["redirect_uri"]
    assert "client_secret" not in form
    assert bearer == access_token
    assert stage.host.call("POST", "me/token", authorization=f"Bearer {bearer}").status == 200


def test_a_person_keeps_the_token_of_each_provider(stage: Stage) -> None:
    tokens = []
    for number, provider in enumerate(stage.providers):
        query = stage.query(number)
        tokens.append(provider.sign(provider.claims(nonce=query["nonce"])))
        stage.tokens.fields = {"id_token": tokens[-1]}
        stage.come_back(f"code=abc&state={query['state']}")

    people = reversed(stage.people())
    kept = [ask(stage.host, "sign-in", {"user": person}).json["accessToken"] for person in people]
    assert kept == tokens


@pytest.mark.parametrize(
    "access_token",
    [
        "opaque",
        None,
        unsigned({"alg": "RS256"}, {"aud": 5}),
        unsigned({"alg": "RS256"}, {"aud": [{}]}),
    ],
    ids=["opaque", "none", "aud a number", "aud a list of objects"],
)
def test_the_id_token_is_taken_where_the_access_token_is_not_for_the_service(
    stage: Stage, access_token: str | None
) -> None:
    provider, query = stage.providers[0], stage.query()
    id_token = provider.sign(provider.claims(nonce=query["nonce"]))
    stage.tokens.fields = {"access_token": access_token, "id_token": id_token}

    stage.come_back(f"code=abc&state={query['state']}&iss={provider.issuer}")

    person = stage.people()[0]
    assert ask(stage.host, "sign-in", {"user": person}).json == {"accessToken": id_token}


@pytest.mark.parametrize(
    ("changed", "query", "said"),
    [
        pytest.param({"nonce": "another"}, "code=abc&state={state}", "is of another sign-in", id="nonce"),
        pytest.param({"nonce": None}, "code=abc&state={state}", "is of another sign-in", id="no nonce"),
        pytest.param({"iss": "https://other.example"}, "code=abc&state={state}", "is of another sign-in", id="issuer"),
        pytest.param({}, "code=abc&state={state}&iss=https://other.example", "Another provider responded.", id="mix-up"),
        pytest.param({}, "code=abc&state=made-up", "No such sign-in", id="state"),
        pytest.param({}, "code=abc", "No such sign-in", id="no state"),
        pytest.param({}, "error=access_denied&state={state}", "refuses: access_denied", id="refused"),
        pytest.param({}, "error=%3Cscript%3E&state={state}", "no reason given", id="hostile text"),
    ],
)  # fmt: skip
def test_nobody_comes_back_otherwise(
    stage: Stage, changed: dict[str, str | None], query: str, said: str
) -> None:
    asked, provider = stage.query(), stage.providers[0]
    claims = provider.claims(**{"nonce": asked["nonce"], **changed})
    stage.tokens.fields = {"access_token": provider.token(), "id_token": provider.sign(claims)}

    reply = stage.come_back(query.format(state=asked["state"]))

    assert reply.status == 502
    assert said in reply.content.decode()
    assert reply.headers["Content-Type"].startswith("text/plain")


def test_a_state_is_good_once(stage: Stage) -> None:
    query, provider = stage.query(), stage.providers[0]
    stage.tokens.fields = {"id_token": provider.sign(provider.claims(nonce=query["nonce"]))}

    replies = [stage.come_back(f"code=abc&state={query['state']}") for _ in range(2)]

    assert [reply.status for reply in replies] == [200, 502]
    assert len(stage.tokens.forms) == 1


def test_a_code_that_the_provider_refuses_is_reported(stage: Stage) -> None:
    query = stage.query()
    stage.tokens.status, stage.tokens.fields = 400, {"error": "invalid_grant"}

    reply = stage.come_back(f"code=abc&state={query['state']}")

    assert reply.status == 502
    assert b"refuses: invalid_grant" in reply.content


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://other.example"},
        {"authorization_endpoint": "http://elsewhere.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_a_wrong_discovery_document_leads_nowhere(stage: Stage, document: dict[str, Any]) -> None:
    stage.providers[0].document |= document

    reply = stage.start()

    assert reply.status == 502
    assert "Location" not in reply.headers


@pytest.mark.parametrize("number", ["3", "-1", "x"])
def test_there_is_no_other_provider(stage: Stage, number: str) -> None:
    assert call(stage.host.address, "GET", f"/local/openid/{number}").status == 404


def test_no_foreign_page_starts_a_sign_in(stage: Stage) -> None:
    name = f"evil.example:{urlsplit(stage.host.address).port}"

    replies = [
        stage.start(0, **FROM_ELSEWHERE),
        stage.start(Origin="https://evil.example"),
        stage.start(Origin=PAGE),
        stage.start(Host=name),
    ]

    assert [reply.status for reply in replies] == [403, 403, 403, 421]


def test_people_come_back_by_navigation_alone(stage: Stage) -> None:
    query = stage.query()
    name = f"evil.example:{urlsplit(stage.host.address).port}"
    back = f"code=abc&state={query['state']}"

    replies = [
        stage.come_back(back, Sec_Fetch_Mode="no-cors"),
        stage.come_back(back, Origin="https://evil.example"),
        stage.come_back(back, Host=name),
    ]

    assert [reply.status for reply in replies] == [403, 403, 421]
    assert stage.tokens.forms == []
