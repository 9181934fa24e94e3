"""Looks for tests that fail when nothing is wrong."""
