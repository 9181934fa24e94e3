"""Servers to compare with, each a program that answers a page load with a VoIP token."""
