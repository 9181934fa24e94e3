"""Entra for made-up users: OpenID Connect discovery, sign-in page, token endpoint, keys."""
