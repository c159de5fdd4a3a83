"""The program is compiled and linked so that a fault of memory is harder to use (cmake/hardening.cmake)."""

import json
import pathlib
import subprocess
import tempfile
import unittest

from carillon_test.carillon import program
from carillon_test.hardening import missing

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FLAGS = ("-fstack-protector-strong", "-fstack-clash-protection", "-fcf-protection=full", "-D_FORTIFY_SOURCE=3")


class ProgramTest(unittest.TestCase):
    def test_the_linker_did_its_part(self):
        """The program under test may have sanitizers; scripts/test-package looks at the one that users get."""
        self.assertEqual(missing(program(), compiled=False), [])

    def test_what_is_not_hardened_is_noticed(self):
        with tempfile.TemporaryDirectory(prefix="carillon-test-") as folder:
            source, made = pathlib.Path(folder) / "x.c", pathlib.Path(folder) / "x"
            source.write_text("int main(void) { return 0; }\n", encoding="utf-8")
            subprocess.run(["clang-19", "-no-pie", "-Wl,-z,norelro,-z,lazy,-z,execstack,-rpath,/tmp", source, "-o", made],
                           check=True)
            self.assertEqual(len(missing(made)), 7, missing(made))


class FlagsTest(unittest.TestCase):
    def test_the_release_is_compiled_with_them(self):
        with tempfile.TemporaryDirectory(prefix="carillon-test-") as folder:
            done = subprocess.run(["cmake", "--preset", "release", "-B", folder], cwd=SOURCE, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            commands = json.loads((pathlib.Path(folder) / "compile_commands.json").read_text(encoding="utf-8"))
        ours = [entry["command"].split() for entry in commands]
        self.assertGreater(len(ours), 20)
        for command in ours:
            for flag in FLAGS:
                self.assertIn(flag, command)


if __name__ == "__main__":
    unittest.main()
