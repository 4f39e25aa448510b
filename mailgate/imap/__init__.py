"""Mail fetched by IMAP, for those who cannot point an MX at us: the same custody, the same pipeline."""
