"""What a sanitizer found is a failure, whether or not a test cares how the program ended."""

import re

_REPORT = re.compile(r"(?:ERROR|WARNING): \w+Sanitizer|: runtime error: ")


def check_sanitizers(output):
    """Fails with the report when the output of a program holds one."""
    found = _REPORT.search(output)
    if found:
        raise AssertionError("a sanitizer reports:\n" + output[max(found.start() - 200, 0):][:6000])
