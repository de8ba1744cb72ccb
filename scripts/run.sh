#!/usr/bin/env bash
# Sets up, builds and trains a VAE on the handwritten digits in data/. Arguments go to ae-train
# instead: scripts/run.sh --config configs/mnist_vae.json
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"

"$root/scripts/build.sh" programs
train=$root/build/bin/ae-train
if (($#)); then
  exec "$train" "$@"
fi

say "training a VAE on the digits: build/bin/ae-train --config configs/digits_vae.json --overwrite"
"$train" --config "$root/configs/digits_vae.json" --overwrite
run=runs/digits-vae
cat <<TEXT

Results in $PWD/$run:
  config.json, metrics.jsonl   every setting, and the losses of each epoch
  checkpoints/best             the model
  latents/                     the codes of the test rows, as .npy
  samples/                     pictures: inputs, reconstructions, new digits
To try next:
  $root/build/bin/ae-sample $run --count 64 --out digits.png
  $root/build/bin/ae-encode $run --data $root/data/digits/digits.csv --out codes.npy
  $root/build/bin/ae-eval $run
  $root/scripts/run.sh --config $root/configs/digits_vae.json --set model.latent_dim=2 --overwrite
TEXT
