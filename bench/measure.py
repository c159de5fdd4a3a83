"""What a benchmark reads of processes and of the machine."""

import os
import statistics
import time

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of all threads of the process so far, in steps of nanoseconds."""
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e9  # clock_getcpuclockid(3): its CPUCLOCK_SCHED


def forget_peak(pid):
    """From here on VmHWM is the peak since now."""
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def memory_mb(pid, field="VmRSS"):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field + ":")) / 1024


def percentile(values, percent):
    """The smallest value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def median(values):
    return statistics.median(values)


class Busy:
    """How busy the whole machine is from its making to seconds()."""

    def __init__(self):
        self._before = self._read()

    @staticmethod
    def _read():
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
        idle, iowait = ticks[3], ticks[4]
        return (sum(ticks) - idle - iowait) / _TICK, sum(ticks) / _TICK

    def seconds(self):
        """(CPU seconds used by anything, CPU seconds there were)"""
        used, there = self._read()
        return used - self._before[0], there - self._before[1]


def filesystem(folder):
    """The type of the filesystem that holds the folder: "ext4", "tmpfs", ..."""
    best = ("", "unknown")
    folder = os.path.realpath(folder)
    with open("/proc/self/mounts", encoding="utf-8") as file:
        for line in file:
            _, point, kind = line.split()[:3]
            inside = folder == point or folder.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best[0]):
                best = (point, kind)
    return best[1]


def fsync_ms(folder, times=200):
    """The median of a 4 KB append with fsync in the folder."""
    path = os.path.join(folder, "fsync.probe")
    taken = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(times):
            begin = time.monotonic()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            taken.append((time.monotonic() - begin) * 1000)
    os.unlink(path)
    return median(taken)


def machine():
    """One line about this machine."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    with open("/etc/os-release", encoding="utf-8") as file:
        lines = dict(line.strip().split("=", 1) for line in file if "=" in line)
    system = lines.get("PRETTY_NAME", "Linux").strip('"')
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} x {model}, {memory:.0f} GB, {system}, Linux {os.uname().release.split('-')[0]}"
