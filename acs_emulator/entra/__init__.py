"""Microsoft Entra: sign-in pages, discovery, tokens for made-up users and clients."""
