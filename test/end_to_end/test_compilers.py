"""Which compilers the build takes (doc/decisions/0001-clang.md)."""

import pathlib
import subprocess
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "cmake" / "compiler.cmake"


class CompilersTest(unittest.TestCase):
    def told(self, name, version):
        """What CMake says to a compiler of that name; nothing when it is taken."""
        done = subprocess.run(
            ["cmake", f"-DCMAKE_CXX_COMPILER_ID={name}", f"-DCMAKE_CXX_COMPILER_VERSION={version}", "-P", SCRIPT],
            capture_output=True, text=True,
        )
        said = " ".join(done.stderr.split())
        self.assertEqual(done.returncode != 0, said != "", done)
        return said

    def test_gcc_is_refused_only_for_its_bug(self):
        for version in ("11.4.0", "12.2.0", "12.4.0"):
            self.assertIn(f"GCC {version} miscompiles coroutines (doc/decisions/0001-clang.md): use GCC 13 or newer, "
                          "or Clang 19 (cmake --preset release)", self.told("GNU", version))
        for version in ("13.1.0", "14.2.0", "15.0.1"):
            self.assertEqual(self.told("GNU", version), "")

    def test_old_clang_is_refused(self):
        for name, version in (("Clang", "15.0.7"), ("AppleClang", "15.0.0")):
            self.assertIn(f"Clang {version} lacks parts of C++20", self.told(name, version))
        for version in ("16.0.6", "19.1.7", "21.1.0"):
            self.assertEqual(self.told("Clang", version), "")


if __name__ == "__main__":
    unittest.main()
