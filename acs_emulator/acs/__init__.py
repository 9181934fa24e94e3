"""ACS Identity: its REST operations, their authentication, and the state of one resource."""
