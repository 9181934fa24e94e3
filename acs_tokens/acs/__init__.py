"""ACS Identity through Microsoft's SDK: requests, retries, failures."""
