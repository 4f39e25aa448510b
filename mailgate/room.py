"""Is there room on the disk for another mail?"""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from mailgate.limits import Limits

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 5.0


class Room:
    """Looks at the free space of the blob folder's disk every few seconds."""

    def __init__(self, folder: Path, limits: Limits, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._needed = 2 * limits.message + limits.free_disk
        self._clock = clock
        self._looked_at = float("-inf")
        self._is_there = False

    @property
    def is_there(self) -> bool:
        now = self._clock()
        if now - self._looked_at >= LOOK_AGAIN_SECONDS:
            self._looked_at = now
            self._is_there = self._look()
        return self._is_there

    def _look(self) -> bool:
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            log.error("cannot look at the free space of %s: %s", self._folder, error)
            return False
        if free < self._needed:
            log.error(
                "only %d octets are free on the disk of %s, %d are needed", free, self._folder, self._needed
            )
        return free >= self._needed
