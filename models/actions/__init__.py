"""Every write to the desk, one implementation each; actions record, the caller commits."""
