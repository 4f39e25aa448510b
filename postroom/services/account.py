"""Whom the embedded services run as, and folders that belong to them.

Postgres refuses to run as root, rightly. As root we therefore start the services as an ordinary user: the
one who owns the data already, else `nobody`. The rights of folders we did not make are never changed.
"""

import os
import pwd
import stat
from pathlib import Path

from postroom.children import Account
from postroom.services.errors import ServiceError


def account_for(folder: Path) -> Account | None:
    """Who shall run a service whose files lie in `folder`; None means: we ourselves, who are not root."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and folder.stat().st_uid != 0:
        return Account(folder.stat().st_uid, folder.stat().st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise ServiceError(
            "Postgres does not run as root, and this system has no user 'nobody' to run it as. "
            "Start Postroom as an ordinary user, or set DATABASE_URL and REDIS_URL."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def private_folder(folder: Path, account: Account | None) -> Path:
    """Make `folder` (mode 0700, `account`'s) unless it is there; refuse one that belongs to someone else.

    Raises ServiceError for a symbolic link, a file, or a folder of another user: in a shared temporary
    directory somebody may have put it there before us.
    """
    owner = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
        if account:
            os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise ServiceError(
            f"{folder} is needed as a private folder of user {owner}, but it is not one: it belongs to user "
            f"{found.st_uid}. Start Postroom as that user, choose another data folder, or remove it."
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def reachable(path: Path, account: Account | None) -> bool:
    """Whether `account`, in nobody's group, may go to `path`; mode bits count, ACLs do not."""
    if account is None:
        return True
    found = [path.resolve(), *path.resolve().parents]
    return all(place.stat().st_mode & stat.S_IXOTH or place.stat().st_uid == account.uid for place in found)
