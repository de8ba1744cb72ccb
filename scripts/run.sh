#!/usr/bin/env bash
# Sets up, builds and trains a VAE on the handwritten digits in data/. Arguments go to ae-train
# instead: scripts/run.sh --config configs/mnist_vae_20d.json
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"

"$root/scripts/build.sh" programs
train=$root/build/bin/ae-train
if (($#)); then
  exec "$train" "$@"
fi

job=("$train" --config "$root/configs/digits_vae.json" --data-root "$root/data" --overwrite)
say "training a VAE on the handwritten digits: ${job[*]}"
"${job[@]}"
run=runs/digits-vae
cat <<TEXT

Results in $PWD/$run:
  metrics.jsonl      the losses of each epoch
  samples/           pictures: inputs, their reconstructions, new digits drawn from the model
  latents/           the codes of the validation rows and their labels, as .npy
  checkpoints/best   the model
  config.json        every setting; manifest.json: versions, device, data

To try next:
  $root/build/bin/ae-sample $run --count 64 --out digits.png
  $root/build/bin/ae-encode $run --data $root/data/digits/digits.csv --out codes.npy
  $root/build/bin/ae-eval $run
  ${job[*]} --set model.latent_dim=2
TEXT
