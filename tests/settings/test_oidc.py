"""Settings for OpenID Connect providers and for roles: what is read, and what is refused."""

import pytest

from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings import Settings
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.oidc import ProviderSettings, read_providers
from acs_tokens.settings.role_scopes import read_role_scopes
from tests.keys import DEVELOPMENT

ISSUER = "https://issuer.example"
MINIMUM = {"OIDC_ISSUER": ISSUER, "OIDC_AUDIENCE": "api"}
ROLES = "Agent=voip,chat;Viewer=chat.join.limited"


def providers(**changed: str) -> tuple[ProviderSettings, ...]:
    return read_providers(Environ(MINIMUM | changed))


def test_two_settings_are_enough() -> None:
    (provider,) = providers()

    assert provider == ProviderSettings(
        issuer=ISSUER,
        discovery=f"{ISSUER}/.well-known/openid-configuration",
        audiences=frozenset({"api"}),
        scope="",
        claims=(),
        role_claim="roles",
        role_scopes=None,
    )


def test_all_settings_are_read() -> None:
    (provider,) = providers(
        OIDC_ISSUER=f"{ISSUER}/",
        OIDC_DISCOVERY="https://elsewhere.example/document",
        OIDC_AUDIENCE="api, https://api.example",
        OIDC_SCOPE="acs.token",
        OIDC_CLAIMS="email_verified=true; hd = contoso.com",
        OIDC_ROLE_CLAIM="realm_access.roles",
        OIDC_ROLE_SCOPES=ROLES,
    )

    assert provider == ProviderSettings(
        issuer=f"{ISSUER}/",
        discovery="https://elsewhere.example/document",
        audiences=frozenset({"api", "https://api.example"}),
        scope="acs.token",
        claims=(("email_verified", "true"), ("hd", "contoso.com")),
        role_claim="realm_access.roles",
        role_scopes={
            "Agent": frozenset({"voip", "chat"}),
            "Viewer": frozenset({"chat.join.limited"}),
        },
    )


def test_nine_providers_have_settings_of_their_own() -> None:
    more = {f"OIDC_ISSUER_{number}": f"{ISSUER}/{number}" for number in range(2, 10)}
    more |= {f"OIDC_AUDIENCE_{number}": f"api {number}".replace(" ", "") for number in range(2, 10)}

    found = providers(**more)

    assert [each.issuer for each in found] == [ISSUER, *(f"{ISSUER}/{n}" for n in range(2, 10))]
    assert [set(each.audiences) for each in found[1:]] == [{f"api{n}"} for n in range(2, 10)]


def test_without_settings_there_is_no_provider() -> None:
    assert read_providers(Environ({"OIDC_ISSUER": " "})) == ()


WRONG_ISSUERS = [
    "", "issuer.example", "http://issuer.example", "https://", "https:///path", "https://a b", "https://user@issuer.example",
    "https://issuer.example?x=1", "https://issuer.example#x", "https://issuer.example:port", "https://issuer.example:99999",
    "https://[::1", "https://{tenantid}.example", "https://*.example", "https://issuer.example/<tenant>", "https://issuer.example/\u00e9",
    "https://localhost:5000", "https://127.0.0.1", "https://[::1]:5000", "https://issuer.example/" + "x" * 600,
    "https://login.microsoftonline.com/common/v2.0", "https://LOGIN.microsoftonline.com/x/v2.0", "https://sts.windows.net/x/",
]  # fmt: skip


@pytest.mark.parametrize("issuer", WRONG_ISSUERS)
def test_a_wrong_issuer_is_refused_by_name_and_without_its_value(issuer: str) -> None:
    with pytest.raises(MisconfiguredError, match=r"^OIDC_ISSUER ") as refused:
        providers(OIDC_ISSUER=issuer)

    assert len(issuer) < 10 or issuer not in str(refused.value)


@pytest.mark.parametrize("text", ["http://issuer.example/x", "https://localhost/x", "https://a?b"])
def test_a_wrong_discovery_address_is_refused(text: str) -> None:
    with pytest.raises(MisconfiguredError, match=r"^OIDC_DISCOVERY "):
        providers(OIDC_DISCOVERY=text)


def test_a_loopback_address_is_for_a_developers_machine() -> None:
    (provider,) = providers(OIDC_ISSUER="https://localhost:5000", **DEVELOPMENT)

    assert provider.issuer == "https://localhost:5000"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("OIDC_AUDIENCE", ""),
        ("OIDC_AUDIENCE", "*"),
        ("OIDC_AUDIENCE", "api, https://*.example"),
        ("OIDC_AUDIENCE", "my api"),
        ("OIDC_AUDIENCE", "api, account"),
        ("OIDC_AUDIENCE", "https://issuer.example/userinfo"),
        ("OIDC_SCOPE", "openid acs.token"),
        ("OIDC_CLAIMS", "email_verified"),
        ("OIDC_CLAIMS", "=true"),
        ("OIDC_CLAIMS", ";"),
        ("OIDC_CLAIMS", "email_verified=true;"),
        ("OIDC_CLAIMS", "email_verified="),
        ("OIDC_ROLE_SCOPES", "Agent"),
        ("OIDC_ROLE_SCOPES", "Agent="),
        ("OIDC_ROLE_SCOPES", "=voip"),
        ("OIDC_ROLE_SCOPES", "Agent=voip;Agent=chat"),
        ("OIDC_ROLE_SCOPES", "Agent=voip;"),
        ("OIDC_ROLE_SCOPES", "Agent=video"),
        ("OIDC_ROLE_SCOPES", "Agent=voip chat"),
        ("OIDC_ROLE_SCOPES", "Agent:voip"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(MisconfiguredError, match=rf"^{name} "):
        providers(**{name: text})


def test_the_setting_of_a_second_provider_is_named() -> None:
    with pytest.raises(MisconfiguredError, match=r"^OIDC_AUDIENCE_2 "):
        providers(OIDC_ISSUER_2="https://other.example")


def test_one_setting_alone_is_not_enough() -> None:
    with pytest.raises(MisconfiguredError, match=r"^OIDC_ISSUER "):
        read_providers(Environ({"OIDC_AUDIENCE": "api"}))


def test_an_issuer_must_not_be_set_twice() -> None:
    with pytest.raises(MisconfiguredError, match=r"^OIDC_ISSUER_3 is set twice"):
        providers(OIDC_ISSUER_3=ISSUER, OIDC_AUDIENCE_3="other")


def test_a_provider_needs_an_identity_store() -> None:
    acs = {"ACS_ENDPOINT": "https://my-resource.communication.azure.com"}

    with pytest.raises(MisconfiguredError, match="IDENTITY_TABLE_ENDPOINT"):
        Settings.from_environ(acs | MINIMUM)


def test_roles_of_entra_without_its_tenants_are_refused() -> None:
    # Whoever moves to another provider would otherwise give everybody all scopes.
    with pytest.raises(MisconfiguredError, match=r"^ENTRA_TENANT_IDS is not set"):
        EntraSettings.from_environ(Environ({"ENTRA_ROLE_SCOPES": ROLES}))


def test_roles_of_entra_are_read() -> None:
    guid = "6f5902ac-237a-4f6c-b0c8-b2b1f9a5a0de"
    variables = {"ENTRA_TENANT_IDS": guid, "ENTRA_CLIENT_ID": guid, "ENTRA_ROLE_SCOPES": ROLES}

    settings = EntraSettings.from_environ(Environ(variables))

    assert settings
    assert settings.role_scopes == read_role_scopes(Environ({"X": ROLES}), "X")
    with pytest.raises(MisconfiguredError, match=r"^ENTRA_ROLE_SCOPES "):
        EntraSettings.from_environ(Environ(variables | {"ENTRA_ROLE_SCOPES": "Agent"}))
