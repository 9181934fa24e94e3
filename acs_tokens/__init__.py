"""The trusted token service for Azure Communication Services (ACS) apps."""

__version__ = "0.1.0"
