"""Azure Communication Services (ACS) Identity and Entra on loopback, for development and tests."""
