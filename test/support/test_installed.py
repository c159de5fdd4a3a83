"""A test that needs what is not installed fails and says what to run."""

import tempfile
import unittest
from pathlib import Path

from carillon_test.installed import require


class InstalledTest(unittest.TestCase):
    def test_what_is_there(self):
        require("sh", Path(__file__))

    def test_what_is_missing(self):
        with tempfile.TemporaryDirectory(prefix="carillon-test-") as folder:
            for missing in ("no-such-command-7", Path(folder) / "master"):
                with self.assertRaisesRegex(AssertionError, f"^{missing} is missing: run scripts/install-packages test$"):
                    require("sh", missing)


if __name__ == "__main__":
    unittest.main()
