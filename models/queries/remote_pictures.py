"""What is known of pictures that mails point to elsewhere."""

from collections.abc import Collection

from sqlalchemy import func, or_, select, text

from models.addresses import normalise
from models.database import db
from models.remote_pictures import PictureTrust, RemotePicture, url_hash

TRIED_AGAIN_AFTER = text("interval '10 minutes'")  # where there was no picture to be had


def picture_kept_of(url: str) -> RemotePicture | None:
    """What was fetched from `url` lately; None where it has to be asked for."""
    lately = RemotePicture.fetched_at > func.clock_timestamp() - TRIED_AGAIN_AFTER
    wanted = select(RemotePicture).where(
        RemotePicture.url_hash == url_hash(url), or_(RemotePicture.blob_sha256.is_not(None), lately)
    )
    return db.session.scalar(wanted)


def trusted_by(agent_id: int, addresses: Collection[str]) -> set[str]:
    """Those of `addresses`, as they were written, whose pictures the agent wants to see at once."""
    normal = {written: compared for written in addresses if (compared := compared_as(written))}
    if not normal:
        return set()
    wanted = select(PictureTrust.address).where(PictureTrust.agent_id == agent_id, PictureTrust.address.in_(normal.values()))
    known = set(db.session.scalars(wanted))
    return {written for written, compared in normal.items() if compared in known}


def compared_as(address: str) -> str:
    """'' for what cannot be an address."""
    try:
        return normalise(address)
    except ValueError:
        return ""
