#!/usr/bin/env bash
# Downloads public data into data/: scripts/fetch_data.sh mnist
#   AE_MIRROR=URL  a folder with the four files, tried before the public mirrors
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"

mirrors=(
  https://ossci-datasets.s3.amazonaws.com/mnist
  https://storage.googleapis.com/cvdf-datasets/mnist
)
# File, MD5 sum of its decompressed content.
mnist=(
  train-images-idx3-ubyte.gz 6bbc9ace898e44ae57da46a324031adb
  train-labels-idx1-ubyte.gz a25bea736e30d166cdddb491f175f624
  t10k-images-idx3-ubyte.gz 2646ac647ad5339dbf082846283269ea
  t10k-labels-idx1-ubyte.gz 27ae3e4e09519cfbb04c329615203637
)

[[ ${1:-} == mnist && $# == 1 ]] || stop "usage: scripts/fetch_data.sh mnist"
command -v python3 >/dev/null || stop "python3 is missing: install it"
[[ -z ${AE_MIRROR:-} ]] || mirrors=("${AE_MIRROR%/}" "${mirrors[@]}")
folder=$root/data/mnist
mkdir -p "$folder" 2>/dev/null || stop "$folder cannot be created"

# intact FILE SUM
intact() { [[ -f $1 && $(gzip -dc "$1" 2>/dev/null | md5sum | cut -d ' ' -f 1) == "$2" ]]; }

# download URL FILE: prints the reason if it fails
download() {
  python3 - "$1" "$2" <<'PYTHON' 2>&1
import shutil, sys, urllib.request
try:
    with urllib.request.urlopen(sys.argv[1], timeout=60) as source, open(sys.argv[2], "wb") as target:
        shutil.copyfileobj(source, target)
except OSError as error:
    sys.exit(f"{getattr(error, 'reason', error)}")
PYTHON
}

# fetch FILE SUM: downloads from the first mirror whose file is intact
fetch() {
  local file=$1 sum=$2 mirror reason=""
  local new=$folder/.$file.new
  for mirror in "${mirrors[@]}"; do
    say "downloading $mirror/$file"
    if ! reason=$(download "$mirror/$file" "$new"); then
      say "  failed: $reason"
    elif ! intact "$new" "$sum"; then
      reason="its MD5 sum is wrong"
      say "  refused: $reason"
    else
      mv "$new" "$folder/$file"
      return
    fi
    rm -f "$new"
  done
  stop "no mirror has an intact $file (the last: $reason); set AE_MIRROR=URL to another"
}

for ((i = 0; i < ${#mnist[@]}; i += 2)); do
  intact "$folder/${mnist[i]}" "${mnist[i + 1]}" || fetch "${mnist[i]}" "${mnist[i + 1]}"
done
say "MNIST is in $folder, MD5 sums verified"
