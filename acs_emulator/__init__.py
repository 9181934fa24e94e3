"""Azure Communication Services (ACS) Identity on loopback, for development and tests."""
