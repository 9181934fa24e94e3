"""Emulator of Azure Communication Services (ACS) Identity and of Entra, for development and tests.

``acs/`` emulates ACS Identity, ``entra/`` emulates Entra. Neither imports the other: ``app.py``
connects them. ``control.py`` has the routes that only the emulator has.
"""
