"""Becomes another program under an account, bound to the life of the process that started it.

Run as a file by a bare interpreter (``python -I -S launch.py``): it takes the steps that must happen between fork
and exec without running Python code in a forked copy of a process that has threads.
Arguments: ``<parent pid> <death signal> <uid or -> <gid or -> <program> <argument>...``.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h: the signal this process gets when the thread that created it ends
FIRST_PROGRAM_ARGUMENT = 5
CANNOT_START = 127  # what shells answer when a program cannot be started


def main(arguments: list[str]) -> int:
    """Drop privileges, bind to the parent, exec. Returns only when the program cannot be started."""
    parent, death_signal, uid, gid = arguments[1:FIRST_PROGRAM_ARGUMENT]
    program = arguments[FIRST_PROGRAM_ARGUMENT:]
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    # After the change of account: the kernel forgets the death signal when credentials change.
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        return 128 + signal.SIGTERM  # the parent died before the binding took effect
    try:
        os.execv(program[0], program)  # noqa: S606 - no shell: the arguments are ours
    except OSError as error:
        sys.stderr.write(f"cannot start {program[0]}: {error.strerror}\n")
    return CANNOT_START


if __name__ == "__main__":
    sys.exit(main(sys.argv))
