# shellcheck shell=bash
# For the other scripts to source: they say what they do, and stop with one line.

say() { echo "${0##*/}: $*"; }

stop() {
  echo "${0##*/}: error: $*" >&2
  exit 1
}
