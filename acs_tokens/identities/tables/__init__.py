"""The identity store in Azure Table Storage."""
