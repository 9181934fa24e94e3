"""The HTTP triggers that function_app.py registers besides its own."""
