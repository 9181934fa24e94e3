"""HTTP in and out: what surrounds every trigger, requests read strictly, responses."""
