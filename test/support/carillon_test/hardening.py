"""What a program says of how it was compiled and linked (cmake/hardening.cmake), read by readelf."""

import re
import subprocess


def _readelf(program, *options):
    return subprocess.run(["readelf", "-W", *options, str(program)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=True).stdout


def missing(program, *, compiled=True):
    """What it lacks, in words. compiled=False: only what the linker does (a build with sanitizers or for gdb)."""
    header, dynamic, segments = (_readelf(program, option) for option in ("-h", "-d", "-l"))
    symbols = _readelf(program, "--dyn-syms")
    stack = re.search(r"GNU_STACK.*", segments)
    wanted = {
        "it lies at a random address (PIE)": "DYN" in header and re.search(r"FLAGS_1.*\bPIE\b", dynamic),
        "all symbols are bound at the start (BIND_NOW)": re.search(r"FLAGS_1.*\bNOW\b", dynamic),
        "what they are bound to is read-only (RELRO)": "GNU_RELRO" in segments,
        "the stack cannot be executed": stack and not re.search(r"\bR?WE\b", stack[0]),
        "its code is not changed when it is loaded": "TEXTREL" not in dynamic,
        "it looks for libraries where the system does": not re.search(r"\((RPATH|RUNPATH)\)", dynamic),
    }
    if compiled:
        wanted |= {
            "the stack is guarded": "__stack_chk_fail" in symbols,
            "calls of the C library are checked (FORTIFY)": re.search(r"__(memcpy|snprintf|vsnprintf|read)_chk", symbols),
        }
    return [what for what, found in wanted.items() if not found]
