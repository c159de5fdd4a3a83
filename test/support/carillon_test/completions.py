"""What real shells offer where `carillon completion` has told them how."""

import os
import subprocess

from carillon_test.carillon import program
from carillon_test.waiting import PATIENCE

_BASH = r"""
source <(carillon completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
compopt() { :; }  # only works while readline asks
_carillon
printf '%s\n' "${COMPREPLY[@]}"
"""

# zsh completes only in its line editor, so it gets a terminal. What is to be offered is printed instead, as <it>.
_ZSH_INSIDE = r"""
PROMPT=
autoload -U compinit
compinit -D -u
source <(carillon completion zsh)
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
compadd() {
  local -a hits
  if [[ " ${(j: :)@[1,(i)(-|--)]} " == *\ -[a-zA-Z]#(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- "<"${^hits}">"
}
setopt extendedglob
comppostfuncs=(bye)
bye() { print '<THE-END>'; exit }
print '<READY>'
"""
_ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "source $1"
read_until() { local out; while zpty -r shell out; do print -r -- $out; [[ $out == *$1* ]] && return; done }
read_until '<READY>' >/dev/null
zpty -w -n shell "$2"$'\t'
read_until '<THE-END>'
zpty -d shell 2>/dev/null
"""


def _run(argv, folder, more=None):
    path = f"{program().parent}:{os.environ['PATH']}"
    done = subprocess.run(
        argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=2 * PATIENCE, check=False,
        env={**os.environ, "PATH": path, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), **(more or {})},
    )
    return done


def bash(folder, *words):
    """The offers of bash for the last of these words."""
    done = _run(["bash", "--norc", "-c", _BASH, "bash", *words], folder)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"bash: {done.stderr}")
    return [line for line in done.stdout.split("\n") if line]


def zsh(folder, line):
    """The offers of zsh for a line."""
    inside = folder / "inside.zsh"
    inside.write_text(_ZSH_INSIDE, encoding="utf-8")
    done = _run(["zsh", "-f", "-c", _ZSH, "zsh", inside, line], folder, {"TERM": "dumb"})
    if "<THE-END>" not in done.stdout:
        raise AssertionError(f"zsh: {done.stdout}{done.stderr}")
    return sorted({word.split(">")[0] for word in done.stdout.split("<")[1:]} - {"THE-END"})


def fish(folder, line):
    """The offers of fish for a line."""
    script = 'carillon completion fish | source; complete -C "$argv[1]"'
    done = _run(["fish", "--no-config", "-c", script, line], folder)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"fish: {done.stderr}")
    return [entry.split("\t")[0] for entry in done.stdout.splitlines()]
