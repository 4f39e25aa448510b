"""Mail of the past: where it lies (mbox, Maildir, .eml), and how it is taken over."""
