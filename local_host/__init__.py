"""Serves function_app.py over HTTP where Azure Functions Core Tools is not installed."""
