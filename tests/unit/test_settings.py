"""Settings: what is taken, and what is refused by name without a word of the value."""

from base64 import b64encode
from datetime import timedelta

import pytest

from acs_tokens.errors import MisconfiguredError
from acs_tokens.settings import Settings

KEY = b64encode(b"0123456789abcdef0123456789abcdef").decode()
ENDPOINT = "https://my-resource.unitedstates.communication.azure.com"
STRING = f"endpoint={ENDPOINT}/;accesskey={KEY}"

ACCEPTED = [
    pytest.param({"ACS_CONNECTION_STRING": STRING}, True, id="connection string"),
    pytest.param({"ACS_CONNECTION_STRING": f" {STRING}; "}, True, id="blanks and semicolon"),
    pytest.param({"ACS_CONNECTION_STRING": STRING.replace("endpoint", "Endpoint").replace("accesskey", "AccessKey")}, True, id="capitals"),
    pytest.param({"ACS_CONNECTION_STRING": f"accesskey={KEY};endpoint={ENDPOINT}"}, True, id="other order"),
    pytest.param({"ACS_ENDPOINT": ENDPOINT, "ACS_ACCESS_KEY": KEY}, True, id="endpoint and key"),
    pytest.param({"ACS_ENDPOINT": f"{ENDPOINT}/"}, False, id="endpoint alone"),
    pytest.param({"COMMUNICATION_SERVICES_CONNECTION_STRING": STRING}, True, id="Microsoft's name 1"),
    pytest.param({"AZURE_COMMUNICATION_CONNECTION_STRING": STRING}, True, id="Microsoft's name 2"),
    pytest.param({"COMMUNICATION_SERVICES_ENDPOINT": ENDPOINT, "COMMUNICATION_SERVICES_ACCESSKEY": KEY}, True, id="Microsoft's names 3"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "ACS_ENDPOINT": " "}, True, id="another is blank"),
]  # fmt: skip

REFUSED = [
    pytest.param({}, "ACS_CONNECTION_STRING is not set", id="nothing set"),
    pytest.param({"ACS_CONNECTION_STRING": ""}, "ACS_CONNECTION_STRING is not set", id="empty"),
    pytest.param({"ACS_ACCESS_KEY": KEY}, "ACS_ENDPOINT is not set", id="key alone"),
    pytest.param({"ACS_CONNECTION_STRING": f"endpoint={ENDPOINT}"}, "ACS_CONNECTION_STRING has no accesskey", id="no key"),
    pytest.param({"ACS_CONNECTION_STRING": f"endpoint={ENDPOINT};accesskey="}, "ACS_CONNECTION_STRING has no accesskey", id="empty key"),
    pytest.param({"ACS_CONNECTION_STRING": f"accesskey={KEY}"}, "ACS_CONNECTION_STRING has no endpoint", id="no endpoint"),
    pytest.param({"ACS_CONNECTION_STRING": "sesame"}, "ACS_CONNECTION_STRING must read", id="no connection string"),
    pytest.param({"ACS_CONNECTION_STRING": f"{STRING};sas=1"}, "ACS_CONNECTION_STRING must read", id="unknown part"),
    pytest.param({"ACS_CONNECTION_STRING": f"{STRING};endpoint={ENDPOINT}"}, "ACS_CONNECTION_STRING must read", id="endpoint twice"),
    pytest.param({"ACS_CONNECTION_STRING": f"endpoint={ENDPOINT};accesskey=no+base64"}, "ACS_CONNECTION_STRING has no valid access key", id="bad base64"),
    pytest.param({"ACS_CONNECTION_STRING": f"endpoint={ENDPOINT};accesskey=****"}, "ACS_CONNECTION_STRING has no valid access key", id="stars"),
    pytest.param({"ACS_CONNECTION_STRING": f"endpoint={ENDPOINT};accesskey=c2hvcnQ="}, "ACS_CONNECTION_STRING has no valid access key", id="short key"),
    pytest.param({"ACS_ENDPOINT": ENDPOINT, "ACS_ACCESS_KEY": "schlüssel"}, "ACS_ACCESS_KEY has no valid access key", id="no ASCII"),
    pytest.param({"ACS_CONNECTION_STRING": "@Microsoft.KeyVault(SecretUri=https://vault/x)"}, "ACS_CONNECTION_STRING is a Key Vault reference", id="unresolved reference"),
    pytest.param({"ACS_ENDPOINT": ENDPOINT, "ACS_ACCESS_KEY": "@Microsoft.KeyVault(VaultName=v)"}, "ACS_ACCESS_KEY is a Key Vault reference", id="unresolved reference to the key"),
    pytest.param({"ACS_CONNECTION_STRING": STRING.replace("https", "http")}, "ACS_CONNECTION_STRING must have an https:// endpoint", id="http"),
    pytest.param({"ACS_ENDPOINT": ENDPOINT.removeprefix("https://")}, "ACS_ENDPOINT must have", id="no scheme"),
    pytest.param({"ACS_ENDPOINT": "ftp://localhost", "ACS_ACCESS_KEY": KEY}, "ACS_ENDPOINT must have an https:// endpoint", id="another scheme"),
    pytest.param({"ACS_ENDPOINT": "http://localhost:7072"}, "ACS_ENDPOINT must have an https:// endpoint when no access key", id="Entra over http"),
    pytest.param({"ACS_ENDPOINT": "http://localhost.evil.example", "ACS_ACCESS_KEY": KEY}, "ACS_ENDPOINT must have an https:// endpoint", id="nearly loopback"),
    pytest.param({"ACS_ENDPOINT": "http://0.0.0.0:7072", "ACS_ACCESS_KEY": KEY}, "ACS_ENDPOINT must have an https:// endpoint", id="any address"),
    pytest.param({"ACS_ENDPOINT": ENDPOINT.replace("//", "//user:pass@")}, "ACS_ENDPOINT must not have a user name", id="userinfo"),
    pytest.param({"ACS_ENDPOINT": "https://my.communication.azure.com@evil.example"}, "ACS_ENDPOINT must not have a user name", id="host as userinfo"),
    pytest.param({"ACS_ENDPOINT": f"{ENDPOINT}:8443"}, "ACS_ENDPOINT must have an endpoint like", id="port"),
    pytest.param({"ACS_ENDPOINT": "https://localhost:99999"}, "ACS_ENDPOINT has no valid URL", id="impossible port"),
    pytest.param({"ACS_ENDPOINT": "https://localhost:0"}, "ACS_ENDPOINT must have an endpoint like", id="port 0"),
    pytest.param({"ACS_ENDPOINT": "https://localhost:"}, "ACS_ENDPOINT must have an endpoint like", id="empty port"),
    pytest.param({"ACS_ENDPOINT": f"{ENDPOINT}:"}, "ACS_ENDPOINT must have an endpoint like", id="colon"),
    pytest.param({"ACS_ENDPOINT": "http://evil.example[::1]:80", "ACS_ACCESS_KEY": KEY}, "ACS_ENDPOINT", id="host before an address"),
    pytest.param({"ACS_ENDPOINT": "http://[::1]evil.example", "ACS_ACCESS_KEY": KEY}, "ACS_ENDPOINT", id="host after an address"),
    pytest.param({"ACS_ENDPOINT": "http://[::1]]", "ACS_ACCESS_KEY": KEY}, "ACS_ENDPOINT", id="one bracket more"),
    pytest.param({"ACS_ENDPOINT": "http://[::1%25lo]", "ACS_ACCESS_KEY": KEY}, "ACS_ENDPOINT must have an endpoint like", id="zone"),
    pytest.param({"ACS_ENDPOINT": "http://localhost\\@evil.example", "ACS_ACCESS_KEY": KEY}, "ACS_ENDPOINT", id="backslash"),
    pytest.param({"ACS_ENDPOINT": "https://-.communication.azure.com"}, "ACS_ENDPOINT must have an endpoint like", id="label of a hyphen"),
    pytest.param({"ACS_ENDPOINT": f"https://{'x' * 64}.communication.azure.com"}, "ACS_ENDPOINT must have an endpoint like", id="label too long"),
    pytest.param({"ACS_ENDPOINT": "https://mý.communication.azure.com"}, "ACS_ENDPOINT must have an endpoint like", id="no ASCII host"),
    pytest.param({"ACS_ENDPOINT": "https://[::1"}, "ACS_ENDPOINT has no valid URL", id="broken address"),
    pytest.param({"ACS_ENDPOINT": f"{ENDPOINT}/identities"}, "ACS_ENDPOINT must not have a path", id="path"),
    pytest.param({"ACS_ENDPOINT": f"{ENDPOINT}?x=1"}, "ACS_ENDPOINT must not have a path or query", id="query"),
    pytest.param({"ACS_ENDPOINT": f"{ENDPOINT}?"}, "ACS_ENDPOINT must not have a path or query", id="empty query"),
    pytest.param({"ACS_ENDPOINT": f"{ENDPOINT}#x"}, "ACS_ENDPOINT must not have a path or query", id="fragment"),
    pytest.param({"ACS_ENDPOINT": "https://evil.example"}, "ACS_ENDPOINT must have an endpoint like", id="another host"),
    pytest.param({"ACS_ENDPOINT": "https://communication.azure.com.evil.example"}, "ACS_ENDPOINT must have an endpoint like", id="nearly the host"),
    pytest.param({"ACS_ENDPOINT": "https://"}, "ACS_ENDPOINT must have an endpoint like", id="no host"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "ACS_ENDPOINT": ENDPOINT}, "ACS_CONNECTION_STRING and ACS_ENDPOINT are both set", id="both forms"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "COMMUNICATION_SERVICES_ACCESSKEY": KEY}, "ACS_CONNECTION_STRING and COMMUNICATION_SERVICES_ACCESSKEY are both set", id="string and key"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "AZURE_COMMUNICATION_CONNECTION_STRING": STRING}, "ACS_CONNECTION_STRING and AZURE_COMMUNICATION_CONNECTION_STRING are both set", id="two names"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "GUESTS": "yes"}, "GUESTS must be 'on' or 'off'", id="GUESTS=yes"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "DEADLINE_SECONDS": "0"}, "DEADLINE_SECONDS must be a number", id="no time"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "DEADLINE_SECONDS": "61"}, "DEADLINE_SECONDS must be a number", id="too long"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "DEADLINE_SECONDS": "inf"}, "DEADLINE_SECONDS must be a number", id="no end"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "DEADLINE_SECONDS": "eight"}, "DEADLINE_SECONDS must be a number", id="words"),
]  # fmt: skip


@pytest.mark.parametrize(("environ", "has_key"), ACCEPTED)
def test_the_resource_may_be_named_in_several_ways(
    environ: dict[str, str], *, has_key: bool
) -> None:
    acs = Settings.from_environ(environ).acs

    assert acs.endpoint == ENDPOINT
    assert (acs.access_key.get_secret_value() if acs.access_key else None) == (
        KEY if has_key else None
    )


@pytest.mark.parametrize(("environ", "message"), REFUSED)
def test_a_wrong_setting_names_itself_and_not_its_value(
    environ: dict[str, str], message: str
) -> None:
    with pytest.raises(MisconfiguredError) as caught:
        Settings.from_environ(environ)

    assert str(caught.value).startswith(message)
    for value in environ.values():
        if len(value.strip()) > len("https://"):
            assert value not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.detail
    assert "ACS_" not in caught.value.detail


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://localhost:7072",
        "http://127.0.0.1:7072",
        "http://[::1]:7072",
        "https://localhost:7073",
    ],
)
def test_loopback_may_have_http_and_a_port(endpoint: str) -> None:
    environ = {"ACS_CONNECTION_STRING": f"endpoint={endpoint}/;accesskey={KEY}"}

    assert Settings.from_environ(environ).acs.endpoint == endpoint


def test_the_rest_has_safe_defaults() -> None:
    settings = Settings.from_environ({"ACS_CONNECTION_STRING": STRING})

    assert settings.guests is False
    assert settings.deadline == timedelta(seconds=8)


def test_the_rest_can_be_set() -> None:
    environ = {"ACS_CONNECTION_STRING": STRING, "GUESTS": " On ", "DEADLINE_SECONDS": "2.5"}

    settings = Settings.from_environ(environ)

    assert settings.guests is True
    assert settings.deadline == timedelta(seconds=2.5)


def test_settings_show_no_key() -> None:
    settings = Settings.from_environ({"ACS_CONNECTION_STRING": STRING})

    assert KEY not in repr(settings) + str(settings) + settings.model_dump_json()
