"""Accounts on a real database: codes, registering, second factors, administering."""
