"""The Teams meeting that guests came for."""
