"""What the performance figures in the README are made with: `make bench`."""
