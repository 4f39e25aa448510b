"""The tests: unit, corpus and properties need no services; the other folders start real ones."""
