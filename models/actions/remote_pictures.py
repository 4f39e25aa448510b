"""Keeping pictures that were fetched from elsewhere for a while, and remembering whose mails may show them at once."""

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from models.actor import Actor
from models.addresses import normalise
from models.database import db
from models.errors import Forbidden, Invalid
from models.remote_pictures import PictureTrust, RemotePicture, url_hash

KEPT_FOR = text("interval '7 days'")


def keep_picture(url: str, blob_sha256: str | None, content_type: str = "", trouble: str = "") -> None:
    """Remember what became of asking for `url`; whoever asked last is right."""
    found = {"blob_sha256": blob_sha256, "content_type": content_type, "trouble": trouble, "fetched_at": func.clock_timestamp()}
    kept = insert(RemotePicture).values(url_hash=url_hash(url), **found)
    db.session.execute(kept.on_conflict_do_update(index_elements=["url_hash"], set_=found))


def forget_old_pictures(limit: int = 1_000) -> int:
    """Forget pictures that were fetched a week ago, at most `limit` of them; their blobs go when nothing names them."""
    old = select(RemotePicture.url_hash).where(RemotePicture.fetched_at < func.clock_timestamp() - KEPT_FOR)
    batch = old.limit(limit).with_for_update(skip_locked=True)
    gone = delete(RemotePicture).where(RemotePicture.url_hash.in_(batch)).returning(RemotePicture.url_hash)
    return len(db.session.scalars(gone, execution_options={"synchronize_session": False}).all())


def trust_pictures_of(address: str, actor: Actor) -> None:
    """Show him the pictures in mails proved to come from `address` at once, from now on. Raises `Invalid`."""
    if not actor.is_staff or actor.id is None:
        raise Forbidden("only agents choose whose pictures they see at once")
    try:
        normal = normalise(address)
    except ValueError:
        raise Invalid("address", "nobody can be named as the sender of this mail") from None
    db.session.execute(insert(PictureTrust).values(agent_id=actor.id, address=normal).on_conflict_do_nothing())


def trust_pictures_no_more(address: str, actor: Actor) -> None:
    """Ask again before the pictures of that sender are loaded; where he was not trusted, nothing changes."""
    try:
        normal = normalise(address)
    except ValueError:
        return
    db.session.execute(delete(PictureTrust).where(PictureTrust.agent_id == actor.id, PictureTrust.address == normal))
