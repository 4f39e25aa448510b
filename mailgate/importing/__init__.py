"""The past: where old mail lies (mbox, Maildir, .eml), what exports of other helpdesks say, and how both are taken over."""
