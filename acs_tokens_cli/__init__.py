"""The command line `acs-tokens`. It is not deployed, and the service knows nothing of it."""
