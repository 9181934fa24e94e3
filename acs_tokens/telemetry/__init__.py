"""What the log says: one record a request, an audit record, trace context."""
