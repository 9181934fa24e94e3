"""Which person is which ACS identity, and the cleaning up of identities nobody has."""
