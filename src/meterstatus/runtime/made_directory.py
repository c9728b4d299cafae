"""Makes directories whose mode is the one that was asked for, whatever the umask of whoever started us.

A umask of 000, which service managers and containers leave now and then, would let everybody write where an
agent of root's finds what it runs. Sits below the adapters because several of them make directories.
"""

import os
import pathlib
import stat


def make(path: pathlib.Path, mode: int) -> None:
    """Make a directory and those above it that are absent, each with the mode; leave what is there.

    Raises:
        OSError: it could not be made, or is there and is no directory.
    """
    for directory in reversed((path, *path.parents)):
        try:
            directory.mkdir(mode=mode)
        except FileExistsError:
            continue
        except OSError:
            if not directory.is_dir():  # of a file system that nothing can be made in
                raise
        else:
            directory.chmod(mode)
    if not path.is_dir():
        raise NotADirectoryError(f"{path} is there and is no directory")


def tame(root: pathlib.Path, mode: int = 0o755) -> None:
    """Leave all below and at a directory no more than the bits of a mode: no set-user-id, no group's write.

    Symbolic links are left as they are, and what they lead to.

    Raises:
        OSError: a mode could not be changed.
    """
    for directory, _, files in os.walk(root):
        for name in (directory, *(f"{directory}/{file}" for file in files)):
            facts = os.lstat(name)
            if not stat.S_ISLNK(facts.st_mode) and stat.S_IMODE(facts.st_mode) & ~mode:
                os.chmod(name, stat.S_IMODE(facts.st_mode) & mode)  # noqa: PTH101 # no path is needed
