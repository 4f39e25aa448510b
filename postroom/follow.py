"""Becomes a command that never outlives the process which asked for it. Standard library only.

    follow.py PARENT SIGNAL UID GID COMMAND [ARGUMENT...]

A process that is killed with SIGKILL cannot stop its children. Linux can: a child may ask for a signal at its
parent's death, prctl(2) PR_SET_PDEATHSIG. The wish survives execve(2), but not a change of user, so
privileges are dropped first and the wish is made after. UID and GID of "-" keep the user. Elsewhere than on
Linux there is no such wish and the command is simply started.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def drop_privileges(uid: int, gid: int) -> None:
    """Become an ordinary user for good, without root's groups."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with_parent(parent: int, death_signal: int) -> None:
    """Ask for `death_signal` when the thread that started us ends; leave at once if it is gone already."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        sys.exit(f"cannot follow process {parent}: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit(f"process {parent} was gone before its child began")


def main(arguments: list[str]) -> None:
    parent, death_signal, uid, gid, *command = arguments
    if uid != "-":
        drop_privileges(int(uid), int(gid))
    if sys.platform == "linux":
        die_with_parent(int(parent), int(death_signal))
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores these two, and execve would hand that on
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execv(command[0], command)
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
