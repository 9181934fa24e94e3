"""Servers to compare with, each a program that responds to a page load with a VoIP token."""
