"""ACS Identity as REST: HMAC and bearer authentication, identities, tokens, assignments."""
