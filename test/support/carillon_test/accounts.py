"""People who may use the dashboard."""

import functools
import subprocess

from carillon_test.carillon import program

PASSWORD = "geheim-und-lang"


@functools.cache
def account(name, password=PASSWORD):
    """A line for the file, as `carillon user hash` makes it."""
    done = subprocess.run([str(program()), "user", "hash", name], input=password + "\n", capture_output=True, text=True,
                          timeout=60, check=True)
    return done.stdout


def passwords(file, *names, roles="{'viewer': ['*'], 'operator': ['alice']}", more=""):
    """Lines of a configuration in which these people log in; `file` is written. `more`: further arguments of
    www.Passwords()."""
    file.write_text("".join(account(name) for name in names))
    return ("from carillon.plugins import www\n"
            f"c['www'].update(auth=www.Passwords({str(file)!r}{more}), roles={roles})\n")
