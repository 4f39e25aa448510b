"""The mail gate: takes mail over SMTP, keeps it, and files it into tickets."""
