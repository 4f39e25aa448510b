"""A whole desk in one file, and back: database, files, secrets."""
