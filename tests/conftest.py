"""What every test may ask for. Nothing here starts before a test asks: the unit tests need no services."""

pytest_plugins = ("tests.services", "tests.processes", "tests.smtp_sink", "tests.gate", "tests.browser")
