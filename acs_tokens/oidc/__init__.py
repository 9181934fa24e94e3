"""Sign-in with OpenID Connect: what Entra and other providers share, and the other providers."""
