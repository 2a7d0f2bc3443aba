"""What processes have used: CPU and memory of a process and all that it started."""

import psutil


def cpu_seconds(pid: int) -> float:
    """CPU of a process, of those that it started, and of those of them that have ended since."""
    process = psutil.Process(pid)
    own = process.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            # It has ended this moment, and is counted with its parent the next time.
            continue
        total += times.user + times.system
    return total


def memory_mb(pid: int) -> float:
    """Memory of a server's process, and of those that it started: what is resident."""
    return sum(process.memory_info().rss for process in _tree(pid)) / 1e6


def own_memory_mb(pid: int) -> float:
    """Memory that each process of PostgreSQL has to itself, so that the buffers that they share count for none."""
    total = 0
    for process in _tree(pid):
        info = process.memory_info()
        total += info.rss - info.shared
    return total / 1e6


def _tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]
