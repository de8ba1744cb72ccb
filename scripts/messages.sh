# shellcheck shell=bash
# Messages of the other scripts, which source this file: progress, and one line for an error.

say() { echo "${0##*/}: $*"; }

stop() {
  echo "${0##*/}: error: $*" >&2
  exit 1
}
