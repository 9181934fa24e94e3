"""What the performance figures of docs/performance.md are made with: `make bench`."""
