"""A sign of life of processes that listen to nobody: a file that they touch as they go round, whose age a health check looks at.

It says that a process goes about its work, not that the work gets done: for that there are alarms.
"""

import logging
from pathlib import Path

log = logging.getLogger(__name__)


def beat(file: Path | None) -> None:
    """Make the file young. A disk that is full must not stop whoever beats."""
    if file is None:
        return
    try:
        file.touch()
    except OSError as trouble:
        log.warning("HEARTBEAT_FILE cannot be touched: %s", trouble)
