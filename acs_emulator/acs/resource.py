"""The state of one ACS resource: its identities, and which of their tokens still count."""

import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from acs_emulator.acs.access_keys import AccessKeys
from acs_emulator.acs.errors import not_found, not_owned
from acs_emulator.entra.provider import EntraUser
from acs_emulator.tokens import Claims, Signer, wire_time

Assignment = dict[str, Any]

DEFAULT_MINUTES = 1440
ACS_USER_SCP, TEAMS_USER_SCP = 1792, 1024  # whatever the scopes


@dataclass
class Identity:
    """An identity.

    Attributes:
        last_issued: When its latest token was issued, in seconds since 1970; 0 before the first.
        revoked_until: Tokens issued up to this second are revoked.
    """

    custom_id: str | None = None
    last_issued: int = 0
    revoked_until: int = 0


class Resource:
    """One resource.

    Args:
        name: What its id follows from.
    """

    def __init__(self, name: str, keys: AccessKeys, clock: Callable[[], float]) -> None:
        self.id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"acs-emulator:{name}"))
        self.clock = clock
        self.signer = Signer()
        self._keys = keys
        self._last_issued = 0
        self._dated_after = 0
        self.forget()

    def forget(self) -> None:
        """Start anew, with the same keys."""
        self.entra_assignments: dict[str, Assignment] = {}
        self.teams_assignments: dict[str, Assignment] = {}
        self._identities: dict[str, Identity] = {}
        self._ended: dict[str, int] = {}  # deleted, and until when their tokens were revoked
        self._created = 0

    def create(self, custom_id: str | None = None) -> str:
        """Create an identity, or find the one that has this custom id; return its id."""
        for user_id, identity in self._identities.items() if custom_id else ():
            if identity.custom_id == custom_id:
                return user_id
        self._created += 1
        middle = "-".join(secrets.token_hex(2) for _ in range(3))
        tail = f"{secrets.token_hex(2)[1:]}a0d00{secrets.token_hex(2)}"
        user_id = f"8:acs:{self.id}_{self._created:08x}-{middle}-{tail}"
        self._identities[user_id] = Identity(custom_id)
        return user_id

    def admit(self, user: EntraUser) -> str:
        """Return the id of an Entra user's identity; the first call makes it."""
        user_id = f"8:acs:{self.id}_{user.tenant_id}_{user.object_id}"
        self._identities.setdefault(user_id, Identity(revoked_until=self._ended.get(user_id, 0)))
        return user_id

    def find(self, user_id: str) -> Identity:
        """Return an identity.

        Raises:
            AcsError: It is another resource's, deleted, or was never made.
        """
        if not user_id.startswith(f"8:acs:{self.id}_"):
            raise not_owned()
        if user_id not in self._identities:
            raise not_found()
        return self._identities[user_id]

    def delete(self, user_id: str) -> None:
        """Delete an identity; none of its tokens counts any more."""
        self.revoke(user_id)
        self._ended[user_id] = self._identities.pop(user_id).revoked_until

    def revoke(self, user_id: str) -> None:
        """Revoke all tokens issued so far."""
        identity = self.find(user_id)
        identity.revoked_until = max(int(self.clock()), identity.last_issued)

    def issue(
        self,
        user_id: str,
        scopes: Sequence[str],
        minutes: int | None = None,
        until: int | None = None,
        key: str | None = None,
    ) -> dict[str, str]:
        """Issue an access token that lives for some minutes, or until a second.

        Args:
            key: The access key that the token ends with.
        """
        identity = self.find(user_id)
        now = self.clock()
        # Tokens count whole seconds: the first one after others ended belongs to the next second.
        issued = max(int(now), identity.revoked_until + 1, self._dated_after + 1)
        identity.last_issued = issued
        self._last_issued = max(issued, self._last_issued)
        lifetime = (minutes or DEFAULT_MINUTES) * 60
        claims = {
            "skypeid": user_id.removeprefix("8:"),
            "scp": ACS_USER_SCP,
            "csi": str(issued),
            "exp": until or issued + lifetime,
            "rgn": "amer",
            "acsScope": ",".join(scopes),
            "resourceId": self.id,
            "resourceLocation": "unitedstates",
            "iat": issued,
        }
        return self._answer(claims, until or now + lifetime, key)

    def issue_for_teams(self, entra: Claims, key: str | None) -> dict[str, str]:
        """Issue an access token for a Teams user; it expires with the Entra token."""
        claims = {
            "skypeid": f"orgid:{entra['oid']}",
            "scp": TEAMS_USER_SCP,
            "csi": str(entra["iat"]),
            "exp": entra["exp"],
            "rgn": "amer",
            "tid": entra["tid"],
            "acsScope": "voip,chat",
            "resourceId": self.id,
            "aad_iat": str(entra["iat"]),
            "aad_uti": entra["uti"],
            "aad_appid": entra["appid"],
            "iat": entra["iat"] + 300,  # Entra dates its tokens back by as much
        }
        return self._answer(claims, entra["exp"], key)

    def regenerate_key(self, name: str) -> str:
        """Regenerate an access key; the tokens issued with it end."""
        self._dated_after = self._last_issued
        return self._keys.regenerate(name)

    def examine(self, token: str) -> dict[str, bool]:
        """Say of a token whether this resource issued it, and whether it still counts."""
        claims = self.signer.read(token)
        if claims is None:
            return {"genuine": False, "expired": False, "revoked": False, "valid": False}
        expired = claims["exp"] <= self.clock()
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
        """An identity as the preview of 2025 shows it."""
        identity = self.find(user_id)
        shown: dict[str, Any] = {"id": user_id}
        if identity.custom_id:
            shown["customId"] = identity.custom_id
        if identity.last_issued:
            shown["lastTokenIssuedAt"] = wire_time(identity.last_issued)
        return shown

    def _is_revoked(self, claims: Claims) -> bool:
        identity = self._identities.get(f"8:{claims['skypeid']}")
        return identity is None or claims["iat"] <= identity.revoked_until

    def _answer(self, claims: Claims, expires: float, key: str | None) -> dict[str, str]:
        token = self.signer.sign(claims)
        if key:
            self._keys.note(token, key)
        return {"token": token, "expiresOn": wire_time(expires)}
