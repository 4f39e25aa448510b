"""How long jobs take, for `/metrics`: counted in Redis by the workers, read by the web. Losing it loses no more than figures.

A job's times are a histogram as Prometheus has them: how many took at most each bound, their number and their sum.
"""

from dataclasses import dataclass

from redis import Redis

from models.redis_address import redis_at

KEY = "postroom:job_times"
BOUNDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)  # seconds
BEYOND = "+Inf"


@dataclass(frozen=True)
class Times:
    """`buckets` are (upper bound, how many took at most that long), the last bound being '+Inf'."""

    buckets: tuple[tuple[str, int], ...]
    seconds: float


def note_job_time(connection: Redis, job: str, seconds: float) -> None:
    """Count one run of `job`. Raises `RedisError`."""
    bound = next((f"{bound:g}" for bound in BOUNDS if seconds <= bound), BEYOND)
    with connection.pipeline(transaction=False) as pipeline:
        pipeline.hincrby(KEY, f"{job}|{bound}", 1)
        pipeline.hincrbyfloat(KEY, f"{job}|sum", seconds)
        pipeline.execute()


def job_times(redis_url: str) -> dict[str, Times]:
    """The times of each job that has run since Redis was last emptied. Raises `RedisError`."""
    with redis_at(redis_url, socket_connect_timeout=0.5, socket_timeout=0.5) as connection:
        counted = {as_text(name): float(value) for name, value in connection.hgetall(KEY).items()}  # type: ignore[union-attr]
    jobs = sorted({name.partition("|")[0] for name in counted})
    return {job: times_of(job, counted) for job in jobs}


def times_of(job: str, counted: dict[str, float]) -> Times:
    total, buckets = 0, []
    for bound in (*(f"{bound:g}" for bound in BOUNDS), BEYOND):
        total += int(counted.get(f"{job}|{bound}", 0))
        buckets.append((bound, total))
    return Times(tuple(buckets), counted.get(f"{job}|sum", 0.0))


def as_text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name
