"""Settings: what is taken, and what is refused by name without a word of the value."""

import hashlib
from base64 import b64encode
from datetime import timedelta

import pytest

from acs_emulator.defaults import ACCESS_KEY, ACCESS_KEY_2, IDENTITY_HEADER
from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings import Settings
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.guests import EXAMPLE_KEY, GuestSettings
from tests.keys import DEVELOPMENT, random_bytes, random_key

KEY = b64encode(b"0123456789abcdef0123456789abcdef").decode()
ENDPOINT = "https://my-resource.unitedstates.communication.azure.com"
STRING = f"endpoint={ENDPOINT}/;accesskey={KEY}"
RANDOM, OTHER = random_key("one"), random_key("another")
GUID = "123e4567-e89b-12d3-a456-426614174000"

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

SECOND = [
    pytest.param({"ACS_CONNECTION_STRING": f"endpoint=http://127.0.0.1:7072/;accesskey={KEY}", "ACS_CONNECTION_STRING_2": f"endpoint=http://localhost:7072/;accesskey={RANDOM}"}, id="two names of this machine"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "ACS_ACCESS_KEY_2": RANDOM}, id="key"),
    pytest.param({"ACS_ENDPOINT": ENDPOINT, "ACS_ACCESS_KEY": KEY, "ACS_ACCESS_KEY_2": RANDOM}, id="key beside a key"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "ACS_CONNECTION_STRING_2": f"endpoint={ENDPOINT};accesskey={RANDOM}"}, id="connection string"),
]  # fmt: skip

REFUSED = [
    pytest.param({"ACS_ENDPOINT": ENDPOINT, "ACS_ACCESS_KEY_2": KEY}, "ACS_ACCESS_KEY_2 is set, but no first", id="second key alone"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "ACS_ACCESS_KEY_2": "c2hvcnQ="}, "ACS_ACCESS_KEY_2 has no valid access key", id="short second key"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "ACS_CONNECTION_STRING_2": STRING.replace("my-", "your-")}, "ACS_CONNECTION_STRING_2 names another resource", id="second key of another resource"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "ACS_CONNECTION_STRING_2": STRING, "ACS_ACCESS_KEY_2": KEY}, "ACS_CONNECTION_STRING_2 and ACS_ACCESS_KEY_2 are both set", id="second key twice"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "ACS_ACCESS_KEY_2": KEY}, "ACS_ACCESS_KEY_2 is the first key again", id="second key like the first"),
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
    pytest.param({"ACS_CONNECTION_STRING": STRING, "GUESTS": "yes"}, "GUESTS must be 'off' or 'on' or 'invited'", id="GUESTS=yes"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "DEADLINE_SECONDS": "0"}, "DEADLINE_SECONDS must be a number", id="no time"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "DEADLINE_SECONDS": "46"}, "DEADLINE_SECONDS must be a number", id="too long"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "DEADLINE_SECONDS": "inf"}, "DEADLINE_SECONDS must be a number", id="no end"),
    pytest.param({"ACS_CONNECTION_STRING": STRING, "DEADLINE_SECONDS": "eight"}, "DEADLINE_SECONDS must be a number", id="words"),
]  # fmt: skip

ACS = {"ACS_CONNECTION_STRING": STRING}
GUESTS = {"GUESTS": "on", "GUEST_HANDLE_KEYS": f"k:{RANDOM}"}
ENTRA = {
    "ENTRA_TENANT_IDS": GUID,
    "ENTRA_CLIENT_ID": GUID,
    "IDENTITY_TABLE_ENDPOINT": "https://abc.table.core.windows.net",
}
EASYAUTH = {"WEBSITE_AUTH_ENABLED": "true", "WEBSITE_SITE_NAME": "site"}

# Wrong everywhere.
WRONG = [
    pytest.param({"GUESTS": "on"}, "GUEST_HANDLE_KEYS", id="guests without keys"),
    pytest.param({"GUEST_HANDLE_KEYS": RANDOM}, "GUEST_HANDLE_KEYS", id="key without id"),
    pytest.param({"GUEST_HANDLE_KEYS": "k:c2hvcnQ="}, "GUEST_HANDLE_KEYS", id="short key"),
    pytest.param({"GUEST_HANDLE_KEYS": "k:no base64"}, "GUEST_HANDLE_KEYS", id="key that is no base64"),
    pytest.param({"GUEST_HANDLE_KEYS": f"k:{b64encode(bytes(64)).decode()}"}, "GUEST_HANDLE_KEYS", id="key of zeros"),
    pytest.param({"GUEST_HANDLE_KEYS": f"k:{b64encode(b'password1' * 4).decode()}"}, "GUEST_HANDLE_KEYS", id="key of a password"),
    pytest.param({"GUEST_MAX_MINUTES": "60.5"}, "GUEST_MAX_MINUTES", id="half a minute"),
    pytest.param({"GUEST_RETENTION_DAYS": "0.001"}, "GUEST_RETENTION_DAYS", id="retention of a minute"),
    pytest.param(ENTRA | {"ENTRA_TENANT_IDS": "9188040d-6c67-4c5b-b112-36a304b66dad"}, "ENTRA_TENANT_IDS", id="personal accounts"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_CERTIFICATE": "\0"}, "ENTRA_CLIENT_CERTIFICATE", id="no path"),
    pytest.param({"IDENTITY_TABLE_CONNECTION_STRING": "AccountName=x;AccountKey"}, "IDENTITY_TABLE_CONNECTION_STRING", id="storage without its key"),
    pytest.param({"IDENTITY_TABLE_ENDPOINT": "https://x.table.evil.example"}, "IDENTITY_TABLE_ENDPOINT", id="table elsewhere"),
    pytest.param({"GUEST_HANDLE_KEYS": f"k:{RANDOM},k:{OTHER}"}, "GUEST_HANDLE_KEYS", id="key id twice"),
    pytest.param({"GUEST_HANDLE_KEYS": f"a:{RANDOM},b:{RANDOM}"}, "GUEST_HANDLE_KEYS", id="key twice"),
    pytest.param({"GUEST_HANDLE_KEYS": "@Microsoft.KeyVault(x)"}, "GUEST_HANDLE_KEYS", id="unresolved keys"),
    pytest.param({"GUEST_SCOPES": "voip,sesame"}, "GUEST_SCOPES", id="unknown guest scope"),
    pytest.param({"GUEST_MAX_MINUTES": "59"}, "GUEST_MAX_MINUTES", id="guest lifetime too short"),
    pytest.param({"GUEST_MAX_MINUTES": "1441"}, "GUEST_MAX_MINUTES", id="guest lifetime too long"),
    pytest.param({"GUEST_RETENTION_DAYS": "0"}, "GUEST_RETENTION_DAYS", id="no retention"),
    pytest.param({"GUEST_RETENTION_DAYS": "5"}, "IDENTITY_TABLE_ENDPOINT", id="retention without storage"),
    pytest.param(ENTRA | {"IDENTITY_TABLE_ENDPOINT": ""}, "IDENTITY_TABLE_ENDPOINT", id="sign-in without storage"),
    pytest.param(ENTRA | {"ENTRA_TENANT_IDS": "common"}, "ENTRA_TENANT_IDS", id="common"),
    pytest.param(ENTRA | {"ENTRA_TENANT_IDS": f"{GUID},organizations"}, "ENTRA_TENANT_IDS", id="organizations"),
    pytest.param(ENTRA | {"ENTRA_TENANT_IDS": "contoso.com"}, "ENTRA_TENANT_IDS", id="domain name"),
    pytest.param(ENTRA | {"ENTRA_TENANT_IDS": ""}, "ENTRA_TENANT_IDS", id="no tenant"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_ID": ""}, "ENTRA_CLIENT_ID", id="no client id"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_ID": "my-app"}, "ENTRA_CLIENT_ID", id="client id that is no GUID"),
    pytest.param(ENTRA | {"ENTRA_AUTHORITY": "https://evil.example"}, "ENTRA_AUTHORITY", id="foreign authority"),
    pytest.param(ENTRA | {"ENTRA_AUTHORITY": "http://localhost:7073"}, "ENTRA_AUTHORITY", id="authority without TLS"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_SECRET": "<your secret>"}, "ENTRA_CLIENT_SECRET", id="secret that is a placeholder"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_SECRET": "..."}, "ENTRA_CLIENT_SECRET", id="secret that was left out"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_SECRET": "****"}, "ENTRA_CLIENT_SECRET", id="secret of stars"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_SECRET": "x", "ENTRA_CLIENT_ASSERTION": "managed-identity"}, "ENTRA_CLIENT_SECRET", id="two credentials"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_ASSERTION": "sesame"}, "ENTRA_CLIENT_ASSERTION", id="unknown assertion"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_CERTIFICATE": "/nowhere.pem"}, "ENTRA_CLIENT_CERTIFICATE", id="no certificate"),
    pytest.param(ENTRA | {"TRUST_EASYAUTH": "on"}, "TRUST_EASYAUTH", id="EasyAuth outside Azure"),
    pytest.param(ENTRA | EASYAUTH | {"TRUST_EASYAUTH": "on", "WEBSITE_AUTH_ENABLED": "false"}, "TRUST_EASYAUTH", id="EasyAuth that is off"),
    pytest.param(ENTRA | {"TRUST_EASYAUTH": "on", "WEBSITE_AUTH_ENABLED": "true"}, "TRUST_EASYAUTH", id="EasyAuth without a site"),
    pytest.param(EASYAUTH | {"TRUST_EASYAUTH": "on"}, "ENTRA_TENANT_IDS", id="EasyAuth for every tenant"),
    pytest.param({"TRUST_EASYAUTH": "yes"}, "TRUST_EASYAUTH", id="EasyAuth neither on nor off"),
    pytest.param({"IDENTITY_TABLE_ENDPOINT": "http://a.table.core.windows.net"}, "IDENTITY_TABLE_ENDPOINT", id="table without TLS"),
    pytest.param({"IDENTITY_TABLE_CONNECTION_STRING": "AccountName=abc;AccountKey=a2V5;accountkey=b3Ro;EndpointSuffix=core.windows.net"}, "IDENTITY_TABLE_CONNECTION_STRING", id="storage with two keys"),
    pytest.param({"IDENTITY_TABLE_CONNECTION_STRING": "sesame"}, "IDENTITY_TABLE_CONNECTION_STRING", id="no connection string of storage"),
    pytest.param({"IDENTITY_SQLITE": "x.db", "IDENTITY_TABLE_ENDPOINT": "https://abc.table.core.windows.net"}, "IDENTITY_TABLE_ENDPOINT", id="two identity stores"),
    pytest.param({"IDENTITY_TABLE_PREFIX": "a-b"}, "IDENTITY_TABLE_PREFIX", id="prefix with a hyphen"),
    pytest.param({"AzureWebJobsStorage__accountName": "My Storage"}, "AzureWebJobsStorage__accountName", id="no account name"),
    pytest.param({"LIMIT_REQUESTS": "0"}, "LIMIT_REQUESTS", id="no requests"),
    pytest.param({"LIMIT_NEW_GUESTS": "many"}, "LIMIT_NEW_GUESTS", id="limit in words"),
]  # fmt: skip

# Accepted on a developer's machine, refused everywhere else.
UNSAFE = [
    pytest.param({"ACS_CONNECTION_STRING": f"endpoint=http://localhost:7072/;accesskey={KEY}"}, "ACS_CONNECTION_STRING", id="http endpoint"),
    pytest.param({"ACS_CONNECTION_STRING": f"endpoint=https://127.0.0.1:7073/;accesskey={KEY}"}, "ACS_CONNECTION_STRING", id="loopback endpoint"),
    pytest.param({"ACS_CONNECTION_STRING": f"endpoint=https://[::1]:7073/;accesskey={KEY}"}, "ACS_CONNECTION_STRING", id="loopback endpoint, IPv6"),
    pytest.param({"ACS_CONNECTION_STRING": f"endpoint={ENDPOINT}/;accesskey={ACCESS_KEY}"}, "ACS_CONNECTION_STRING", id="emulator's key"),
    pytest.param({"ACS_CONNECTION_STRING": f"endpoint={ENDPOINT}/;accesskey={ACCESS_KEY_2}"}, "ACS_CONNECTION_STRING", id="emulator's other key"),
    pytest.param(GUESTS | {"GUEST_HANDLE_KEYS": f"k:{b64encode(EXAMPLE_KEY).decode()}"}, "GUEST_HANDLE_KEYS", id="key of the example"),
    pytest.param({"IDENTITY_HEADER": IDENTITY_HEADER}, "IDENTITY_HEADER", id="emulator's managed identity"),
    pytest.param({"CORS_ALLOWED_ORIGINS": '["*"]'}, "CORS_ALLOWED_ORIGINS", id="any origin"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "*"}, "CORS_ALLOWED_ORIGINS", id="any origin, bare"),
    pytest.param({"WEBSITE_CORS_ALLOWED_ORIGINS": "https://ok.example,*"}, "WEBSITE_CORS_ALLOWED_ORIGINS", id="any origin, in a list"),
    pytest.param({"CORS_ALLOWED_ORIGINS": '["https://*.example.com"]'}, "CORS_ALLOWED_ORIGINS", id="origin with a star"),
    pytest.param({"CORS_ALLOWED_ORIGINS": '["http://ok.example"]'}, "CORS_ALLOWED_ORIGINS", id="origin without TLS"),
    pytest.param({"CORS_ALLOWED_ORIGINS": '["null"]'}, "CORS_ALLOWED_ORIGINS", id="origin null"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "[5]"}, "CORS_ALLOWED_ORIGINS", id="origin that is none"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "[broken"}, "CORS_ALLOWED_ORIGINS", id="broken list of origins"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "https://localhost:3000"}, "CORS_ALLOWED_ORIGINS", id="origin on this machine"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "https://page.localhost"}, "CORS_ALLOWED_ORIGINS", id="origin below localhost"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "https://127.0.0.1:3000"}, "CORS_ALLOWED_ORIGINS", id="origin on a loopback address"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "https://127.1"}, "CORS_ALLOWED_ORIGINS", id="origin on a short address"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "https://[::1]"}, "CORS_ALLOWED_ORIGINS", id="origin on IPv6"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "https://0.0.0.0"}, "CORS_ALLOWED_ORIGINS", id="origin on any address"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "https://..."}, "CORS_ALLOWED_ORIGINS", id="origin that was left out"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "https://app..example"}, "CORS_ALLOWED_ORIGINS", id="origin with an empty label"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "https://-app.example"}, "CORS_ALLOWED_ORIGINS", id="origin with a hyphen first"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "https://app.example:0"}, "CORS_ALLOWED_ORIGINS", id="origin with port 0"),
    pytest.param({"CORS_SUPPORT_CREDENTIALS": "True"}, "CORS_SUPPORT_CREDENTIALS", id="cookies"),
    pytest.param({"CORS_SUPPORT_CREDENTIALS": "1"}, "CORS_SUPPORT_CREDENTIALS", id="cookies, as a number"),
    pytest.param({"WEBSITE_CORS_SUPPORT_CREDENTIALS": "yes"}, "WEBSITE_CORS_SUPPORT_CREDENTIALS", id="cookies, in a word"),
    pytest.param({"IDENTITY_SQLITE": "x.db"}, "IDENTITY_SQLITE", id="SQLite"),
    pytest.param({"AzureWebJobsStorage": "UseDevelopmentStorage=true"}, "AzureWebJobsStorage", id="Azurite, in short"),
    pytest.param({"AzureWebJobsStorage": "usedevelopmentstorage=TRUE;"}, "AzureWebJobsStorage", id="Azurite, in small letters"),
    pytest.param({"AzureWebJobsStorage": "accountname=abc;accountkey=a2V5;defaultendpointsprotocol=http;endpointsuffix=core.windows.net"}, "AzureWebJobsStorage", id="storage without TLS, in small letters"),
    pytest.param({"AzureWebJobsStorage": "AccountName=abc;AccountKey=a2V5;tableendpoint=http://10.0.0.1/abc"}, "AzureWebJobsStorage", id="table elsewhere, in small letters"),
    pytest.param({"AzureWebJobsStorage": "AccountName=evil.example/#;AccountKey=a2V5;EndpointSuffix=core.windows.net"}, "AzureWebJobsStorage", id="storage whose name leads elsewhere"),
    pytest.param({"AzureWebJobsStorage": "AccountName=abc;AccountKey=a2V5;EndpointSuffix=core.windows.net;TableSecondaryEndpoint=http://10.0.0.1"}, "AzureWebJobsStorage", id="second table elsewhere"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "[" * 100_000}, "CORS_ALLOWED_ORIGINS", id="deep list of origins"),
    pytest.param({"AzureWebJobsStorage": "AccountName=abc;AccountKey=a2V5;DefaultEndpointsProtocol=http;EndpointSuffix=core.windows.net"}, "AzureWebJobsStorage", id="storage without TLS"),
    pytest.param({"AzureWebJobsStorage": "AccountName=abc;AccountKey=a2V5;EndpointSuffix=evil.example"}, "AzureWebJobsStorage", id="storage elsewhere"),
    pytest.param({"IDENTITY_TABLE_CONNECTION_STRING": "AccountName=devstoreaccount1;AccountKey=a2V5;TableEndpoint=http://127.0.0.1"}, "IDENTITY_TABLE_CONNECTION_STRING", id="Azurite, in full"),
    pytest.param(ENTRA | {"ENTRA_AUTHORITY": "https://localhost:7073"}, "ENTRA_AUTHORITY", id="stand-in for Entra"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_SECRET": "emulator-secret"}, "ENTRA_CLIENT_SECRET", id="stand-in's secret"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_SECRET": "your-client-secret"}, "ENTRA_CLIENT_SECRET", id="secret of a tutorial"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_SECRET": "xxxxxxxx"}, "ENTRA_CLIENT_SECRET", id="secret of one letter"),
    pytest.param(ENTRA | {"ENTRA_CLIENT_SECRET": "changeme"}, "ENTRA_CLIENT_SECRET", id="secret that anybody guesses"),
]  # fmt: skip
MARKS = [
    "WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "WEBSITE_POD_NAME", "WEBSITE_SKU", "LEGION_SERVICE_HOST",
    "CONTAINER_APP_NAME", "CONTAINER_APP_REVISION", "CONTAINER_APP_REPLICA_NAME", "CONTAINER_APP_JOB_NAME",
    "MANAGED_ENVIRONMENT", "KUBERNETES_SERVICE_HOST",
]  # fmt: skip
PLACES = [
    pytest.param(DEVELOPMENT, id="on a developer's machine"),
    pytest.param({}, id="anywhere"),
    pytest.param({"WEBSITE_INSTANCE_ID": "1"}, id="in Azure"),
]


@pytest.mark.parametrize(("environ", "name"), WRONG)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_wrong_is_refused_everywhere(
    environ: dict[str, str], name: str, place: dict[str, str]
) -> None:
    if "WEBSITE_SITE_NAME" in environ:
        place = {}  # it says itself that it is in Azure

    with pytest.raises(MisconfiguredError) as caught:
        Settings.from_environ(ACS | place | environ)

    assert str(caught.value).startswith(name)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(("environ", "name"), UNSAFE)
@pytest.mark.parametrize(
    "place", [{}, {"AZURE_FUNCTIONS_ENVIRONMENT": "Production"}, {"CONTAINER_APP_NAME": "app"}]
)
def test_what_is_unsafe_is_refused_unless_the_environment_says_development(
    environ: dict[str, str], name: str, place: dict[str, str]
) -> None:
    with pytest.raises(MisconfiguredError) as caught:
        Settings.from_environ(ACS | environ | place)

    assert str(caught.value).startswith(f"{name} ")
    assert "AZURE_FUNCTIONS_ENVIRONMENT=Development" in str(caught.value)


@pytest.mark.parametrize(("environ", "name"), UNSAFE)
def test_the_same_is_accepted_on_a_developers_machine(environ: dict[str, str], name: str) -> None:
    assert Settings.from_environ(ACS | environ | DEVELOPMENT)


@pytest.mark.parametrize("mark", MARKS)
def test_a_platform_that_serves_others_is_no_developers_machine(mark: str) -> None:
    with pytest.raises(MisconfiguredError) as caught:
        Settings.from_environ(ACS | DEVELOPMENT | {mark: "1"})

    assert str(caught.value).startswith(
        f"AZURE_FUNCTIONS_ENVIRONMENT is Development, but {mark} is set"
    )
    assert not Environ(DEVELOPMENT | {mark: "1"}).is_development


@pytest.mark.parametrize("value", ["Development", " development "])
def test_core_tools_says_that_this_is_a_developers_machine(value: str) -> None:
    assert Environ({"AZURE_FUNCTIONS_ENVIRONMENT": value}).is_development


@pytest.mark.parametrize(
    "variables", [{}, {"AZURE_FUNCTIONS_ENVIRONMENT": "Staging"}, {"DEVELOPMENT": "1"}]
)
def test_nothing_else_does(variables: dict[str, str]) -> None:
    assert not Environ(variables).is_development


@pytest.mark.parametrize(
    "environ",
    [
        GUESTS,
        ENTRA | {"ENTRA_CLIENT_ASSERTION": "managed-identity"},
        ENTRA | EASYAUTH | {"TRUST_EASYAUTH": "on"},
        {"CORS_ALLOWED_ORIGINS": '["https://app.example", "https://other.example:8443"]'},
        {"CORS_ALLOWED_ORIGINS": "https://xn--bcher-kva.example, https://intranet"},
        {"CORS_SUPPORT_CREDENTIALS": "False"},
        {"AzureWebJobsStorage": "DefaultEndpointsProtocol=https;AccountName=abc;AccountKey=a2V5;EndpointSuffix=core.windows.net"},
        {"AzureWebJobsStorage": "accountname=abc;accountkey=a2V5;endpointsuffix=core.windows.net"},
        {"IDENTITY_TABLE_CONNECTION_STRING": "AccountName=abc;AccountKey=a2V5;TableEndpoint=https://abc.table.core.windows.net/"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", PLACES)
def test_what_is_safe_is_accepted_everywhere(
    environ: dict[str, str], place: dict[str, str]
) -> None:
    if "WEBSITE_SITE_NAME" in environ:
        place = {}  # it says itself that it is in Azure

    assert Settings.from_environ(ACS | environ | place)


@pytest.mark.parametrize(("environ", "has_key"), ACCEPTED)
def test_the_resource_may_be_named_in_several_ways(
    environ: dict[str, str], *, has_key: bool
) -> None:
    acs = Settings.from_environ(environ).acs

    assert acs.endpoint == ENDPOINT
    assert [key.get_secret_value() for key in acs.access_keys] == ([KEY] if has_key else [])


@pytest.mark.parametrize("environ", SECOND)
def test_the_second_key_may_be_named_in_two_ways(environ: dict[str, str]) -> None:
    acs = Settings.from_environ(environ | DEVELOPMENT).acs

    assert [key.get_secret_value() for key in acs.access_keys] == [KEY, RANDOM]


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

    assert Settings.from_environ(environ | DEVELOPMENT).acs.endpoint == endpoint


def test_the_rest_has_safe_defaults() -> None:
    settings = Settings.from_environ({"ACS_CONNECTION_STRING": STRING})

    assert settings.deadline == timedelta(seconds=8)
    assert settings.guests == GuestSettings(
        admitted=False, scopes=("voip",), max_lifetime=timedelta(hours=1), keys=(), retention=None
    )
    assert settings.entra is None
    assert settings.identity_store is None


def test_the_rest_can_be_set() -> None:
    settings = Settings.from_environ(
        {
            "ACS_CONNECTION_STRING": STRING,
            "DEADLINE_SECONDS": "2.5",
            "GUESTS": " On ",
            "GUEST_SCOPES": "voip, chat",
            "GUEST_MAX_MINUTES": "120",
            "GUEST_HANDLE_KEYS": f"new:{RANDOM}, old:{OTHER}",
            "GUEST_RETENTION_DAYS": "30",
            "ENTRA_TENANT_IDS": f"{GUID}, {GUID.upper()}",
            "ENTRA_CLIENT_ID": GUID,
            "LIMIT_REQUESTS": "7",
            "AzureWebJobsStorage__accountName": "mystorage",
        }
    )

    assert settings.deadline == timedelta(seconds=2.5)
    assert settings.guests.admitted
    assert settings.guests.scopes == ("voip", "chat")
    assert settings.guests.max_lifetime == timedelta(hours=2)
    assert [key.id for key in settings.guests.keys] == ["new", "old"]
    assert settings.guests.retention == timedelta(days=30)
    assert settings.entra
    assert settings.entra.tenant_ids == {GUID}
    assert settings.entra.audiences == {GUID, f"api://{GUID}"}
    assert settings.rate_limits.requests == 7
    assert settings.identity_store
    assert settings.identity_store.endpoint == "https://mystorage.table.core.windows.net"


def test_settings_show_no_key() -> None:
    settings = Settings.from_environ({"ACS_CONNECTION_STRING": STRING})

    assert KEY not in repr(settings) + str(settings) + settings.model_dump_json()


LONG_KEY = random_bytes("one") + random_bytes("two") + random_bytes("three")


@pytest.mark.parametrize(
    "handle_keys",
    [
        pytest.param({"a": EXAMPLE_KEY + b"\0"}, id="the example's, with a zero"),
        pytest.param({"a": LONG_KEY[:32], "b": LONG_KEY[:32] + b"\0"}, id="one with a zero"),
        pytest.param(
            {"a": LONG_KEY, "b": hashlib.sha256(LONG_KEY).digest()}, id="one and its hash"
        ),
    ],
)
def test_keys_that_sign_the_same_are_the_same(handle_keys: dict[str, bytes]) -> None:
    keys = ",".join(f"{name}:{b64encode(key).decode()}" for name, key in handle_keys.items())
    variables = {"ACS_CONNECTION_STRING": STRING, "GUESTS": "on", "GUEST_HANDLE_KEYS": keys}

    with pytest.raises(MisconfiguredError, match="GUEST_HANDLE_KEYS holds"):
        Settings.from_environ(variables)
