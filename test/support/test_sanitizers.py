"""Reports of sanitizers are found in what a program printed."""

import unittest

from carillon_test.sanitizers import check_sanitizers


class SanitizersTest(unittest.TestCase):
    def test_reports_are_failures(self):
        for report in (
            "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1",
            "==7==ERROR: LeakSanitizer: detected memory leaks",
            "WARNING: ThreadSanitizer: data race (pid=7)",
            "src/a.cpp:7:9: runtime error: signed integer overflow",
        ):
            with self.assertRaisesRegex(AssertionError, "a sanitizer reports"):
                check_sanitizers("12:00:00 listening\n" + report + "\n")

    def test_other_output_is_none(self):
        check_sanitizers("12:00:00 warning: mail: a run-time error; ERROR: nothing of a Sanitizer\n")
