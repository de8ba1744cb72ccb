#include "training/logging_options.h"

namespace ae {

void LoggingOptions::visit(OptionVisitor& visitor) {
  visitor.resumable().option(
      "tensorboard", tensorboard,
      "Event files for TensorBoard in the run directory: scalars of each epoch, histograms of "
      "weights and codes, pictures, hyperparameters, and the codes for its Embedding Projector.");
  visitor.resumable().option(
      "report", report,
      "Page report.html at the end of training: curves, reconstructions, the latent space, figures "
      "of the held-out rows. ae-eval makes it too, with more figures.");
  visitor.resumable().option(
      "pictures_every", pictures_every, between(1, 1e9),
      "Epochs between pictures of reconstructions and samples while training goes, "
      "samples/epoch_N.reconstructions.png and samples/epoch_N.samples.png; null: none.");
}

}  // namespace ae
