"""The state of one ACS resource: its identities, and which of their tokens are still valid."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from acs_emulator.acs.access_keys import AccessKeys
from acs_emulator.acs.access_tokens import ACS_USER_SCP, acs_user_claims, teams_user_claims
from acs_emulator.acs.errors import not_found, not_owned
from acs_emulator.acs.timestamps import format_timestamp
from acs_emulator.clock import Clock
from acs_emulator.signing import Claims, Signer

Assignment = dict[str, Any]

DEFAULT_MINUTES = 1440


@dataclass
class Identity:
    """An identity.

    Attributes:
        last_issued: When its latest token was issued, in seconds since 1970; 0 if it has none.
        revoked_until: Tokens issued up to this second since 1970 are revoked.
    """

    custom_id: str | None = None
    last_issued: int = 0
    revoked_until: int = 0


class Resource:
    """One resource.

    Args:
        name: The resource's id is derived from it: the same name gives the same id.
    """

    def __init__(self, name: str, keys: AccessKeys, clock: Clock) -> None:
        self.id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"acs-emulator:{name}"))
        self._clock = clock
        self.signer = Signer()
        self._keys = keys
        self._last_issued = 0
        self._issue_after = 0
        self.reset()

    def reset(self) -> None:
        """Delete all identities and assignments. The keys stay."""
        self.entra_assignments: dict[str, Assignment] = {}
        self.teams_assignments: dict[str, Assignment] = {}
        self._identities: dict[str, Identity] = {}
        self._deleted: dict[str, int] = {}  # deleted identities with their revoked_until
        self._created = 0

    def create(self, custom_id: str | None = None) -> str:
        """Create an identity, or find the one with this custom id; return its id."""
        for user_id, identity in self._identities.items() if custom_id else ():
            if identity.custom_id == custom_id:
                return user_id
        self._created += 1
        middle = "-".join(secrets.token_hex(2) for _ in range(3))
        tail = f"{secrets.token_hex(2)[1:]}a0d00{secrets.token_hex(2)}"
        user_id = f"8:acs:{self.id}_{self._created:08x}-{middle}-{tail}"
        self._identities[user_id] = Identity(custom_id)
        return user_id

    def create_for_entra_user(self, tenant_id: str, object_id: str) -> str:
        """Return the id of an Entra user's identity. Create the identity if there is none."""
        user_id = f"8:acs:{self.id}_{tenant_id}_{object_id}"
        self._identities.setdefault(user_id, Identity(revoked_until=self._deleted.get(user_id, 0)))
        return user_id

    def find(self, user_id: str) -> Identity:
        """Return an identity.

        Raises:
            AcsError: It belongs to another resource, was deleted, or was never created.
        """
        if not user_id.startswith(f"8:acs:{self.id}_"):
            raise not_owned()
        if user_id not in self._identities:
            raise not_found()
        return self._identities[user_id]

    def delete(self, user_id: str) -> None:
        """Delete an identity and revoke its tokens."""
        self.revoke(user_id)
        self._deleted[user_id] = self._identities.pop(user_id).revoked_until

    def revoke(self, user_id: str) -> None:
        """Revoke all tokens that the identity has been issued."""
        identity = self.find(user_id)
        identity.revoked_until = max(int(self._clock()), identity.last_issued)

    def issue(
        self,
        user_id: str,
        scopes: Sequence[str],
        minutes: int | None = None,
        until: int | None = None,
        key: str | None = None,
    ) -> dict[str, str]:
        """Issue an access token.

        Args:
            minutes: The lifetime; None for 24 hours.
            until: When the token expires, in seconds since 1970; replaces the lifetime.
            key: The name of the access key that signed the request: the token ends with it.

        Returns:
            ``{token, expiresOn}``.

        Raises:
            AcsError: The resource has no such identity.
        """
        identity = self.find(user_id)
        now = self._clock()
        # A token is dated in whole seconds. A token that is issued in the same second as a
        # revocation gets the next second; otherwise it would count as revoked.
        issued = max(int(now), identity.revoked_until + 1, self._issue_after + 1)
        identity.last_issued = issued
        self._last_issued = max(issued, self._last_issued)
        lifetime = (minutes or DEFAULT_MINUTES) * 60
        expires = until or issued + lifetime
        claims = acs_user_claims(self.id, user_id, scopes, issued, expires)
        return self._sign(claims, until or now + lifetime, key)

    def issue_for_teams(self, entra: Claims, key: str | None) -> dict[str, str]:
        """Issue an access token for a Teams user. It expires with the Entra token.

        Args:
            entra: The claims of the user's Entra token.
            key: The name of the access key that signed the request: the token ends with it.

        Returns:
            ``{token, expiresOn}``.
        """
        claims = teams_user_claims(self.id, entra)
        return self._sign(claims, entra["exp"], key)

    def regenerate_key(self, name: str) -> str:
        """Regenerate an access key, which ends the tokens issued with it; return the new key."""
        self._issue_after = self._last_issued
        return self._keys.regenerate(name)

    def examine(self, token: str) -> dict[str, bool]:
        """Return whether a token is ``genuine``, ``expired``, ``revoked``, and in all ``valid``.

        A token is genuine if this resource signed it.
        """
        claims = self.signer.verify(token)
        if claims is None:
            return {"genuine": False, "expired": False, "revoked": False, "valid": False}
        expired = claims["exp"] <= self._clock()
        revoked = self._keys.has_ended(token) or (
            claims["scp"] == ACS_USER_SCP and self._is_revoked(claims)
        )
        return {
            "genuine": True,
            "expired": expired,
            "revoked": revoked,
            "valid": not expired and not revoked,
        }

    def describe(self, user_id: str) -> dict[str, Any]:
        """Return an identity as the api-version 2025-03-02-preview shows it.

        Raises:
            AcsError: The resource has no such identity.
        """
        identity = self.find(user_id)
        fields: dict[str, Any] = {"id": user_id}
        if identity.custom_id:
            fields["customId"] = identity.custom_id
        if identity.last_issued:
            fields["lastTokenIssuedAt"] = format_timestamp(identity.last_issued)
        return fields

    def _is_revoked(self, claims: Claims) -> bool:
        identity = self._identities.get(f"8:{claims['skypeid']}")
        return identity is None or claims["iat"] <= identity.revoked_until

    def _sign(self, claims: Claims, expires: float, key: str | None) -> dict[str, str]:
        token = self.signer.sign(claims)
        if key:
            self._keys.add_token(token, key)
        return {"token": token, "expiresOn": format_timestamp(expires)}
