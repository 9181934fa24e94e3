"""Bans of users of other OpenID Connect providers: by user id, which reaches the person."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from acs_emulator.certificates import certificates
from tests.e2e.conftest import App
from tests.entra_stand_in import Entra, new_guid
from tests.identities.stores import connection_string
from tests.javascript import needs_node
from tests.oidc_stand_in import Provider, running_providers, settings_for
from tests.serving import Emulator
from tests.trust.conftest import running_trusted_app
from tests.trust.signed_in import SignedIn
from tests.trust.test_bans import BANNED_ROUTES, banned

# A store's key may hold none of / \ # ?, and the two parts of a person's key are joined by a space.
SUBJECTS = ("auth0|0123", " a b ", "/\\#?%2F", "'\"';--", "8:acs:1_2", "s" * 255)


@pytest.fixture(scope="module")
def providers(emulator: Emulator) -> Iterator[list[Provider]]:
    files = certificates(emulator.authority.parent)
    with running_providers(files, "ES256", "ES256") as providers:
        yield providers


@pytest.fixture(scope="module", params=["sqlite", pytest.param("tables", marks=needs_node)])
def app(
    request: pytest.FixtureRequest,
    emulator: Emulator,
    entra: Entra,
    providers: list[Provider],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[App]:
    """The app with Entra and two other providers, and its identity store in both places in turn."""
    variables, file = settings_for(*providers), ""
    if request.param == "sqlite":
        file = str(tmp_path_factory.mktemp("store") / "identities.db")
    else:
        variables |= {
            "IDENTITY_TABLE_CONNECTION_STRING": connection_string(
                request.getfixturevalue("azurite")
            ),
            "IDENTITY_TABLE_PREFIX": f"t{uuid4().hex[:12]}",
        }
    with running_trusted_app(emulator, entra, file, **variables) as app:
        yield app
    people = {subject for each in providers for subject in each.people if "person-" in subject}
    assert not any(subject in app.program.output for subject in people)


class Bea(SignedIn):
    """A user of a provider, new in each test."""

    def __init__(self, app: App, provider: Provider, **claims: str) -> None:
        self.claims = provider.claims(**claims)
        super().__init__(app, provider.sign(self.claims))


@pytest.fixture
def bea(app: App, providers: list[Provider]) -> Bea:
    return Bea(app, providers[0])


def test_a_ban_by_user_id_reaches_the_person_until_it_is_lifted(
    app: App, bea: Bea, emulator: Emulator
) -> None:
    token = bea.sign_in()
    user = f"users/{token['userId']}"

    assert app.call("POST", f"{user}/ban").status == 204

    assert emulator.examine(token["token"])["revoked"]
    for method, path in BANNED_ROUTES:
        assert banned(bea.ask(method, path))
    assert banned(app.call("POST", f"{user}/token"))
    assert app.call("GET", f"{user}/ban").status == 200
    assert app.call("DELETE", f"{user}/ban").status == 204
    assert bea.sign_in()["userId"] == token["userId"]


@pytest.mark.parametrize("first", ["delete", "ban"])
def test_deleting_oneself_and_signing_in_again_does_not_help(
    app: App, bea: Bea, first: str
) -> None:
    user_id = bea.sign_in()["userId"]
    if first == "delete":
        assert bea.ask("DELETE", "me").status == 204

    assert app.call("POST", f"users/{user_id}/ban").status == 204

    if first == "ban":
        assert app.call("DELETE", f"users/{user_id}").status == 204
    assert banned(bea.ask("POST", "me/token"))


def test_a_ban_by_an_earlier_user_id_reaches_the_present_identity(
    app: App, bea: Bea, emulator: Emulator
) -> None:
    earlier = bea.sign_in()["userId"]
    bea.ask("DELETE", "me")
    present = bea.sign_in()

    app.call("POST", f"users/{earlier}/ban", {"reason": "Rang at night"})

    assert banned(bea.ask("POST", "me/token"))
    assert banned(app.call("POST", f"users/{present['userId']}/token"))
    assert emulator.examine(present["token"])["revoked"]
    of_present = app.call("GET", f"users/{present['userId']}/ban").json
    assert app.call("GET", f"users/{earlier}/ban").json == of_present


@pytest.mark.parametrize("subject", SUBJECTS)
def test_any_subject_is_found_by_its_identity_and_banned(
    app: App, providers: list[Provider], subject: str
) -> None:
    one = Bea(app, providers[0], sub=subject)
    user = f"users/{one.sign_in()['userId']}"

    found = app.call("GET", f"{user}/person").json
    app.call("POST", f"{user}/ban")

    assert found == {"issuer": providers[0].issuer, "subject": subject}
    assert banned(one.ask("POST", "me/token"))


def test_the_person_of_an_identity_is_of_entra_or_of_another_provider(
    app: App, bea: Bea, entra: Entra
) -> None:
    tenant, oid = entra.tenants[0], new_guid()
    of_entra = app.call(
        "POST", "me/token", authorization=f"Bearer {entra.token(tenant=tenant, oid=oid)}"
    ).json
    of_other = bea.sign_in()
    bea.ask("DELETE", "me")

    assert app.call("GET", f"users/{of_entra['userId']}/person").json == {
        "tenantId": tenant,
        "objectId": oid,
    }
    assert app.call("GET", f"users/{of_other['userId']}/person").json == {
        "issuer": bea.claims["iss"],
        "subject": bea.claims["sub"],
    }


def test_a_ban_reaches_nobody_whose_ids_look_alike(
    app: App, providers: list[Provider], entra: Entra
) -> None:
    tenant, oid = entra.tenants[0], new_guid()
    guest = app.call("POST", "guest/token").json["userId"]
    subjects = (oid, f"{tenant}:{oid}", guest)
    alike = [Bea(app, each, sub=subject) for each in providers for subject in subjects]
    of_entra = f"Bearer {entra.token(tenant=tenant, oid=oid)}"

    for path in (
        f"people/{tenant}/{oid}",
        f"users/{guest}",
        f"users/{alike[0].sign_in()['userId']}",
    ):
        assert app.call("POST", f"{path}/ban").status == 204

    assert banned(alike[0].ask("POST", "me/token"))
    assert len({one.sign_in()["userId"] for one in alike[1:]}) == len(alike) - 1
    assert banned(app.call("POST", "me/token", authorization=of_entra))
