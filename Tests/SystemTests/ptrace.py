"""Holds one thread of another process still: PTRACE_SEIZE, PTRACE_INTERRUPT, later PTRACE_DETACH.

Unlike SIGSTOP this stops a single thread, as a thread that is stuck in a loop or a page fault would
be stuck: everything else in the process goes on.
"""

import contextlib
import ctypes
import os

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000


class NotAllowed(Exception):
    """The kernel does not let us trace; the message says why."""


def call(request, thread_id):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    if libc.ptrace(request, thread_id, None, None) == -1:
        error = ctypes.get_errno()
        raise NotAllowed(f"ptrace({request:#x}): {os.strerror(error)}")


@contextlib.contextmanager
def held(thread_id):
    """Inside the block the thread does not run. All calls must come from one thread of ours."""
    call(SEIZE, thread_id)
    try:
        call(INTERRUPT, thread_id)
        os.waitpid(thread_id, WALL)
        yield
    finally:
        call(DETACH, thread_id)
