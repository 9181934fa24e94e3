"""Who the caller is, and what each kind of caller may do."""
