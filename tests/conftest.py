"""What every test may ask for. Nothing here starts before a test asks: the unit tests need no services."""

pytest_plugins = (
    "tests.browser",
    "tests.custody",
    "tests.gate",
    "tests.long_runs",
    "tests.processes",
    "tests.services",
    "tests.smtp_sink",
)
