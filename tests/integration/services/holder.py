"""A process that holds embedded services until it is told otherwise: what the tests start, stop and kill.

python -m tests.integration.services.holder DATA
"""

import json
import logging
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from postroom.services import ServiceError, running


def main(data: Path) -> None:
    logging.basicConfig(level="INFO", format="%(message)s")
    over = threading.Event()

    def stop(*_: Any) -> None:
        over.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        with running(data, None, None) as services:
            print(json.dumps([services.database_url, services.redis_url]), flush=True)
            while not over.wait(0.1):
                services.keep_running()
    except ServiceError as error:
        sys.exit(f"ServiceError: {error}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
