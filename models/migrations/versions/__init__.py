"""One file a step; each leaves a desk that the version before can still read."""
