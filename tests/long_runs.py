"""`pytest --long`: the fault tests in their long form, for a night or a release.

Generated examples are the same in every short run, so that a change alone can make one fail; the long one throws anew.
No example has a deadline: what a busy machine takes for it says nothing.
"""

import pytest
from hypothesis import HealthCheck, settings

NEVER_BY_THE_CLOCK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("short", derandomize=True, database=None, **NEVER_BY_THE_CLOCK)  # type: ignore[arg-type]
settings.register_profile("long", **NEVER_BY_THE_CLOCK)  # type: ignore[arg-type]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the fault tests in their long form (10,000 mails, 50 kills)")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("long" if config.getoption("--long") else "short")


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--long"))
