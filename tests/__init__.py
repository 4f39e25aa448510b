"""The tests: unit, corpus and properties need no services; integration, end_to_end and faults start real ones."""
