"""Microsoft Graph: the one request that makes a Teams meeting."""
