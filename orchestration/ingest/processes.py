"""Processes that share out work: how they start, and how they end."""

import gc
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


def open_pool(workers: int, *, preload: str) -> ProcessPoolExecutor:
    """A pool whose processes fork from a server that has the module `preload` loaded.

    Forking this process would copy threads. The server is one for all pools: it loads what the first names.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload([preload])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=start_worker)


def start_worker() -> None:
    """A worker makes no reference cycles worth collecting, and collecting them doubles its time."""
    gc.disable()
    # A terminal's Ctrl-C reaches every process: the one that handed out the work ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
