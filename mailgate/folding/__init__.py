"""Finding quoted history and signatures in a text, so that they can be folded and never cut."""
