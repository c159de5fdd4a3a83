"""What real shells offer where `carillon completion` has told them how."""

import os
import shlex
import subprocess

from carillon_test.carillon import program
from carillon_test.waiting import PATIENCE

# Each function takes several lines and answers for each: a shell that starts, and is told how, costs more than to ask it.

_END = "<THE-END>"
_BASH = r"""
source <(carillon completion bash)
compopt() { :; }  # only works while readline asks
ask() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
  _carillon
  printf '%s\n' "${COMPREPLY[@]}" '<THE-END>'
}
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
bye() { print '<THE-END>'; comppostfuncs=(bye) }
print '<READY>'
"""
_ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "source $1"
read_until() { local out; while zpty -r shell out; do print -r -- $out; [[ $out == *$1* ]] && return; done }
read_until '<READY>' >/dev/null
shift
for line; do
  zpty -w -n shell $'\C-u'"$line"$'\t'
  read_until '<THE-END>'
done
zpty -d shell 2>/dev/null
"""


def _run(argv, folder, more=None):
    path = f"{program().parent}:{os.environ['PATH']}"
    done = subprocess.run(
        argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=2 * PATIENCE, check=False,
        env={**os.environ, "PATH": path, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), **(more or {})},
    )
    return done


def _offers(told):
    """What stands before each end."""
    return [[entry for entry in part.split("\n") if entry] for part in told.split(_END)[:-1]]


def bash(folder, *lines):
    """The offers of bash for the last word of each line; a line is a list of words."""
    script = _BASH + "".join(f"ask {shlex.join(words)}\n" for words in lines)
    done = _run(["bash", "--norc", "-c", script], folder)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"bash: {done.stderr}")
    return _offers(done.stdout)


def zsh(folder, *lines):
    """The offers of zsh for each line, sorted."""
    inside = folder / "inside.zsh"
    inside.write_text(_ZSH_INSIDE, encoding="utf-8")
    done = _run(["zsh", "-f", "-c", _ZSH, "zsh", inside, *lines], folder, {"TERM": "dumb"})
    parts = done.stdout.split(_END)[:-1]
    if len(parts) != len(lines):
        raise AssertionError(f"zsh: {done.stdout}{done.stderr}")
    return [sorted({word.split(">")[0] for word in part.split("<")[1:]}) for part in parts]


def fish(folder, *lines):
    """The offers of fish for each line."""
    script = f'carillon completion fish | source; for line in $argv; complete -C "$line"; echo "{_END}"; end'
    done = _run(["fish", "--no-config", "-c", script, *lines], folder)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"fish: {done.stderr}")
    return [[entry.split("\t")[0] for entry in part] for part in _offers(done.stdout)]
