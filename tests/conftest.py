"""What every test may ask for. Nothing here starts before a test asks: the unit tests need no services."""

pytest_plugins = (
    "tests.processes",  # first: others import it, and pytest rewrites only what it imports itself
    "tests.browser",
    "tests.clocks",
    "tests.custody",
    "tests.gate",
    "tests.long_runs",
    "tests.object_store",
    "tests.services",
    "tests.smtp_sink",
)
