"""Bodies of requests and responses: strict in, camelCase on the wire, secrets out of repr."""
