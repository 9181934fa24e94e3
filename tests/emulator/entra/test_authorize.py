"""Entra's sign-in page: its users, its redirects, and the codes that it issues."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.emulator.entra.client import (
    ALICE,
    BACK,
    CONTOSO,
    FABRIKAM,
    SignIn,
    redirect_query,
)
from tests.raw_http import call
from tests.serving import Emulator
from tests.tokens import claims_of


def links(page: bytes) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]*)"', page.decode())]


def test_a_click_on_alice_gives_her_tokens(emulator: Emulator) -> None:
    sign_in = SignIn(emulator)
    page = sign_in.authorize(prompt="select_account")
    link = next(link for link in links(page.content) if "alice" in link)

    back = redirect_query(call(emulator.url, "GET", f"/organizations/oauth2/v2.0/authorize{link}"))
    tokens = sign_in.redeem(back["code"], client_info="1").json

    assert back["state"] == "some state"
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert tokens["ext_expires_in"] == 3600
    assert tokens["scope"] == f"api://{sign_in.client}/Acs.Token openid"
    assert {"refresh_token", "client_info"} < set(tokens)
    signed_in = claims_of(tokens["id_token"])
    assert signed_in["nonce"] == "some nonce"
    assert (signed_in["aud"], signed_in["oid"]) == (sign_in.client, ALICE)
    assert signed_in["iss"] == f"{emulator.url}/{CONTOSO}/v2.0"
    assert claims_of(tokens["access_token"])["oid"] == ALICE


@pytest.mark.parametrize(
    ("tenant", "names"),
    [
        (CONTOSO, {"alice", "bob", "mia"}),
        ("contoso.example", {"alice", "bob", "mia"}),
        (FABRIKAM, {"carol"}),
        ("common", {"alice", "bob", "mia", "carol"}),
        ("adfs", {"alice", "bob", "mia", "carol"}),
    ],
)
def test_the_page_lists_the_users_of_the_tenant(
    emulator: Emulator, tenant: str, names: set[str]
) -> None:
    page = SignIn(emulator, tenant=tenant).authorize().content

    hints = [dict(parse_qsl(link[1:]))["login_hint"] for link in links(page)]
    assert {hint.partition("@")[0] for hint in hints} == names


def test_the_page_escapes_everything(emulator: Emulator) -> None:
    evil = "\"'><script>alert(1)</script>&"

    page = SignIn(emulator).authorize(
        state=evil, nonce=evil, login_hint=evil, redirect_uri=f"{BACK}?x='&lt;", **{evil: evil}
    )

    assert page.status == 200
    assert b"<script" not in page.content
    assert b"alert(1)</" not in page.content
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert all(dict(parse_qsl(link[1:]))["state"] == evil for link in links(page.content))


@pytest.mark.parametrize("changed", [
    {"client_id": "<b>no guid</b>"},
    {"redirect_uri": "https://evil.example/<b>"},
    {"response_mode": "<b>"},
])  # fmt: skip
def test_an_error_page_escapes_everything(emulator: Emulator, changed: dict[str, str]) -> None:
    page = SignIn(emulator).authorize(**changed)

    assert page.status == 400
    assert b"AADSTS" in page.content
    assert b"<b>" not in page.content


def test_a_response_can_be_posted(emulator: Emulator) -> None:
    page = SignIn(emulator).authorize(
        response_mode="form_post", login_hint="alice@contoso.example", state='"><script>x</script>'
    )

    text = page.content.decode()
    assert f'action="{BACK}"' in text
    assert re.search(r'name="code" value="[\w.-]+"', text)
    assert 'value="&quot;&gt;&lt;script&gt;x&lt;/script&gt;"' in text
    assert text.count("<script>") == 1
    assert "script-src 'sha256-" in page.headers["Content-Security-Policy"]


def test_a_response_can_be_in_the_fragment(emulator: Emulator) -> None:
    reply = SignIn(emulator).authorize(response_mode="fragment", login_hint="alice@contoso.example")

    url = urlsplit(reply.headers["Location"])
    assert (url.query, dict(parse_qsl(url.fragment))["state"]) == ("", "some state")


@pytest.mark.parametrize("uri", [
    "http://127.0.0.1:5000/", "https://localhost", "http://[::1]:81/a?b=c", "http://localhost?x=y",
])  # fmt: skip
def test_a_redirect_uri_on_loopback_is_accepted(emulator: Emulator, uri: str) -> None:
    reply = SignIn(emulator).authorize(redirect_uri=uri, login_hint="bob@contoso.example")

    assert reply.headers["Location"].startswith(uri)
    assert "code" in redirect_query(reply)


@pytest.mark.parametrize("uri", [
    "", "https://evil.example/", "http://localhost.evil.example/", "http://localhost@evil.example/",
    "http://localhost:80@evil.example/", "http://localhost:80\\@evil.example/", "//localhost/",
    "javascript:alert(1)", "http://localhost/#x", "http://localhost/\r\nSet-Cookie: a=b",
    "http://localhost/ x", "HTTP://evil.example", "http://10.0.0.1/", "http://localhost\n",
])  # fmt: skip
def test_other_redirect_uris_are_refused(emulator: Emulator, uri: str) -> None:
    reply = SignIn(emulator).authorize(redirect_uri=uri, login_hint="alice@contoso.example")

    assert reply.status == 400
    assert "Location" not in reply.headers
    assert b"AADSTS50011" in reply.content or b"AADSTS900144" in reply.content


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": None}, "invalid_request"),
        ({"scope": "https://unknown.example/x"}, "invalid_resource"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none", "login_hint": "nobody@contoso.example"}, "login_required"),
        ({"prompt": "none", "login_hint": "mia@contoso.example"}, "interaction_required"),
    ],
)
def test_the_client_gets_errors_by_redirect(
    emulator: Emulator, changed: dict[str, str | None], expected: str
) -> None:
    back = redirect_query(SignIn(emulator).authorize(**changed))

    assert (back["error"], back["state"]) == (expected, "some state")
    assert re.match(r"AADSTS\d+: ", back["error_description"])
    assert "code" not in back


@pytest.mark.parametrize("tenant", ["nowhere", "11111111-2222-3333-4444-555555555555", "consumers"])
def test_an_unknown_tenant_has_no_page(emulator: Emulator, tenant: str) -> None:
    reply = SignIn(emulator, tenant=tenant).authorize()

    assert reply.status == 400
    assert b"AADSTS90002" in reply.content


@pytest.mark.parametrize("hint", ["ALICE@contoso.example", "carol@fabrikam.example", "alice"])
def test_a_hint_must_name_a_user_of_the_tenant(emulator: Emulator, hint: str) -> None:
    reply = SignIn(emulator, tenant=CONTOSO).authorize(login_hint=hint)

    assert reply.status == (302 if hint.startswith("ALICE") else 200)


def test_prompt_none_succeeds_with_a_login_hint(emulator: Emulator) -> None:
    assert "code" in redirect_query(
        SignIn(emulator).authorize(prompt="none", login_hint="alice@contoso.example")
    )


def test_signing_out_redirects_to_loopback_only(emulator: Emulator) -> None:
    def sign_out(back: str) -> str | None:
        path = f"/common/oauth2/v2.0/logout?post_logout_redirect_uri={back}"
        return call(emulator.url, "GET", path).headers["Location"]

    assert sign_out(BACK) == BACK
    assert sign_out("https://evil.example/") is None
