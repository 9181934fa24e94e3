"""Typed reading of environment variables. Errors say what to do and never show the value."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from acs_tokens.models.values import GUID
from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.keys import GENERATE, MIN_KEY_BYTES, can_be_guessed, decode_base64

ENVIRONMENT = "AZURE_FUNCTIONS_ENVIRONMENT"  # Core Tools and the local host set it to Development
DEVELOPMENT_ONLY = f"On a developer's machine, set {ENVIRONMENT}=Development to allow it."
# Set by Azure Functions and App Service. The hosting plans differ in which of these they set.
# https://learn.microsoft.com/azure/app-service/reference-app-settings
APP_SERVICE_MARKS = (
    "WEBSITE_INSTANCE_ID",
    "WEBSITE_SITE_NAME",
    "WEBSITE_POD_NAME",
    "WEBSITE_SKU",
    "LEGION_SERVICE_HOST",
)
# Set by platforms that serve others; on a developer's machine none is.
PRODUCTION_MARKS = (
    *APP_SERVICE_MARKS,
    # Azure Container Apps, and the Functions host there.
    # https://learn.microsoft.com/azure/container-apps/environment-variables
    "CONTAINER_APP_NAME",
    "CONTAINER_APP_REVISION",
    "CONTAINER_APP_REPLICA_NAME",
    "CONTAINER_APP_JOB_NAME",
    "MANAGED_ENVIRONMENT",
    # Every pod of Kubernetes.
    # https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
    "KUBERNETES_SERVICE_HOST",
)


@dataclass(frozen=True)
class Environ:
    """The environment variables that settings are read from. A blank one counts as not set.

    Every method raises `MisconfiguredError`, naming the variable, if its value is not of the form
    that the method returns.
    """

    variables: Mapping[str, str]

    @property
    def is_development(self) -> bool:
        """Whether this is a developer's machine, the only place where unsafe settings are accepted.

        The environment must say so, and no variable of a hosting platform may be set.
        """
        return self.claims_development and not self.production_mark

    @property
    def claims_development(self) -> bool:
        """Whether the environment says that this is a developer's machine."""
        return self.variables.get(ENVIRONMENT, "").strip().lower() == "development"

    @property
    def production_mark(self) -> str:
        """The name of a hosting platform's variable that is set; "" if there is none."""
        return next((name for name in PRODUCTION_MARKS if self.variables.get(name, "").strip()), "")

    @property
    def names_clients(self) -> bool:
        """Whether the header ``client-ip`` is the platform's: App Service, or our local host.

        Elsewhere a caller could send any address in it.
        """
        on_app_service = any(self.variables.get(name, "").strip() for name in APP_SERVICE_MARKS)
        return on_app_service or self.is_development

    def require_development(self, name: str, problem: str) -> None:
        """Refuse an unsafe value, unless this is a developer's machine.

        Args:
            name: The variable that is unsafe.
            problem: What is wrong with it and what to do, to be read after the name.

        Raises:
            MisconfiguredError: This is no developer's machine.
        """
        if not self.is_development:
            raise MisconfiguredError(name, f"{problem} {DEVELOPMENT_ONLY}")

    def text(self, name: str) -> str:
        """Return a value, stripped; "" when it is not set.

        Raises:
            MisconfiguredError: It is a Key Vault reference that the platform did not resolve.
        """
        value = self.variables.get(name, "").strip()
        if value.startswith("@Microsoft.KeyVault("):  # the platform passes it on unresolved
            raise MisconfiguredError(
                name,
                "is a Key Vault reference that the platform did not resolve. Check the reference,"
                " and that this app's identity may read the secret.",
            )
        return value

    def one_of(self, names: tuple[str, ...]) -> tuple[str, str]:
        """Return the name that is set and its value; the first name and "" when none is set.

        Raises:
            MisconfiguredError: More than one is set.
        """
        found = [name for name in names if self.text(name)]
        if len(found) > 1:
            raise mutually_exclusive(found[0], found[1])
        name = found[0] if found else names[0]
        return name, self.text(name)

    def switch(self, name: str) -> bool:
        """Return whether a switch is on; it is off when not set."""
        return self.choice(name, ("off", "on")) == "on"

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """Return one of some words, in lower case; the first of them when it is not set."""
        value = self.text(name).lower() or choices[0]
        if value not in choices:
            words = " or ".join(f"'{word}'" for word in choices)
            raise MisconfiguredError(name, f"must be {words}.")
        return value

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """Return a number above ``low`` and up to ``high``."""
        text = self.text(name) or str(default)
        number = float(text) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text) else low
        if not low < number <= high:
            raise MisconfiguredError(name, f"must be a number above {low:g}, up to {high:g}.")
        return number

    def whole_number(self, name: str, default: int, *, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""
        text = self.text(name) or str(default)
        if not re.fullmatch(r"[0-9]{1,6}", text) or not low <= int(text) <= high:
            raise MisconfiguredError(name, f"must be a whole number from {low} to {high}.")
        return int(text)

    def items(self, name: str) -> tuple[str, ...]:
        """Return the items of a comma-separated list, stripped."""
        return tuple(filter(None, (part.strip() for part in self.text(name).split(","))))

    def key(self, name: str, encoded: str, form: str = "") -> bytes:
        """Return a secret key.

        Args:
            name: The variable that the key stands in.
            encoded: Base64 of at least 32 random bytes; not of text, and without a pattern.
            form: What the variable holds before the key, for the error.
        """
        key = decode_base64(encoded)
        if len(key) < MIN_KEY_BYTES:
            raise MisconfiguredError(
                name, f"must read {form}<base64 of at least {MIN_KEY_BYTES} random bytes>."
            )
        if can_be_guessed(key):
            raise MisconfiguredError(
                name, f"holds text or a pattern, which can be guessed. {GENERATE}."
            )
        return key

    def cloud(self, name: str, addresses: Sequence[str]) -> str:
        """Return the address of a service of Microsoft's: the first one when it is not set.

        Args:
            name: The variable.
            addresses: The service's address in each cloud, without a slash at the end. On a
                developer's machine ``https://localhost:<port>`` is accepted too.
        """
        text = self.text(name).rstrip("/") or addresses[0]
        if text in addresses:
            return text
        wanted = f"must be {' or '.join(addresses)}"
        if not re.fullmatch(r"https://(localhost|127\.0\.0\.1|\[::1\]):[0-9]{1,5}", text):
            raise MisconfiguredError(
                name, f"{wanted}; on a developer's machine also https://localhost:<port>."
            )
        self.require_development(name, f"{wanted}.")
        return text

    def guid(self, name: str, value: str) -> str:
        """Return a GUID in lower case."""
        if not re.fullmatch(GUID, value):
            raise MisconfiguredError(name, "must hold a GUID, as the portal shows it.")
        return value.lower()


def mutually_exclusive(one: str, other: str) -> MisconfiguredError:
    """Return the error for two settings that exclude each other."""
    return MisconfiguredError(one, f"and {other} are both set. Remove one of them.")
