"""What a long-lived process does once it is loaded, so that no request pays for looking through all of it."""

import gc

NEWBORN = 20_000  # objects until the youngest are looked through: a page makes some thousand, and drops them by itself


def settle_memory() -> None:
    """Let the collector pass over everything that is there now and stays: modules, routes, templates, tables.

    Without it, each full collection walks some hundred thousand objects that never die, and stops every thread meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEWBORN, 20, 20)
