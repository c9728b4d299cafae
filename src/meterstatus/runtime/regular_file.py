"""Opens a regular file at a path where somebody else may have put something else.

A FIFO keeps whoever opens it waiting for ever, a device has no end, and opening it may do something, a link
leads elsewhere, and a file of another user says what that user likes. So everything is looked at before it is
opened, again once it is open, and its size before it is read. Sits below the adapters because several of them
open such files and may not know each other.
"""

import errno
import os
import pathlib
import stat

MOST_BYTES = 256 * 1024
"""Of a file that is read whole: the largest one that the programs write has some kilobytes."""

_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_ROOT = 0


class UnfitFileError(OSError):
    """What is at a path is not to be used, now or later; ``strerror`` says why: "it is a FIFO", for one."""


def open_descriptor(
    path: pathlib.Path, flags: int = os.O_RDONLY, mode: int = 0o600, *, is_named: bool = False
) -> int:
    """Open a regular file without ever waiting for it; return its descriptor, which no child inherits.

    Its owner must be this process's user, root, or who owns the directory that it is in.

    Args:
        path: where.
        flags: of ``os.open``; with O_CREAT it may be absent. O_TRUNC would truncate another's.
        mode: of a file that is made.
        is_named: somebody who may use any file named this one: it may be anybody's, and a link to one.

    Raises:
        UnfitFileError: it is something else, or another user's.
        OSError: it cannot be opened; IsADirectoryError where it is a directory.
    """
    try:
        _check_kind(path.stat(follow_symlinks=is_named).st_mode, path)
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
    if not is_named:
        flags |= os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, mode)
    except OSError as error:
        # Put there since the look: a link, or a FIFO or socket that nobody serves.
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise _unfit("it is no regular file", path) from error
        raise
    try:
        _check(os.fstat(descriptor), path, is_named=is_named)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read(path: pathlib.Path, most_bytes: int = MOST_BYTES, *, is_named: bool = False) -> bytes:
    """Return all of a file.

    Raises:
        UnfitFileError: as ``open_descriptor``, or it is larger than ``most_bytes``.
        OSError: it cannot be read.
    """
    descriptor = open_descriptor(path, is_named=is_named)
    try:
        content = b""
        if os.fstat(descriptor).st_size <= most_bytes:
            # What is written meanwhile, or has no size such as files in /proc, is bounded too.
            while len(content) <= most_bytes and (part := os.read(descriptor, most_bytes + 1 - len(content))):
                content += part
            if len(content) <= most_bytes:
                return content
        raise _unfit(f"it is larger than {most_bytes} bytes", path)
    finally:
        os.close(descriptor)


def _check(facts: os.stat_result, path: pathlib.Path, *, is_named: bool) -> None:
    _check_kind(facts.st_mode, path)
    if is_named or facts.st_uid in (_ROOT, os.geteuid()):
        return
    if facts.st_uid != path.parent.stat().st_uid:
        raise _unfit(f"it belongs to user {facts.st_uid}", path)


def _check_kind(mode: int, path: pathlib.Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(mode):
        raise _unfit(f"it is {_KINDS.get(stat.S_IFMT(mode), 'something else')}, and no regular file", path)


def _unfit(reason: str, path: pathlib.Path) -> UnfitFileError:
    return UnfitFileError(errno.EINVAL, reason, os.fspath(path))
