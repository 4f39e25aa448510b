"""The model of the desk: nouns (tables), verbs (actions), questions (queries), happenings (events)."""
