"""The trusted token service for Azure Communication Services (ACS) apps."""
