"""Doctor: checks what the service needs, or a running service, and says how to cure what fails."""
