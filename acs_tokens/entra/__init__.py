"""Microsoft Entra's tokens: verified, and exchanged on behalf of a user."""
