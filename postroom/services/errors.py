"""What can go wrong with the embedded services, in the reader's words."""


class ServiceError(Exception):
    """An embedded service cannot run; the text says why and what to do about it."""
