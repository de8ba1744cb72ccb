#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/part.h"
#include "models/activation.h"
#include "models/corruption.h"
#include "models/initialization.h"
#include "models/input_transform.h"
#include "models/latent.h"
#include "models/network.h"
#include "models/reconstruction.h"
#include "models/sparsity.h"
#include "models/warm_up.h"

namespace ae {

/// Named preset of parts: defaults that the config overrides.
struct ModelKind {
  const char* name;
  const char* summary;
  const char* preset;  ///< JSON of the whole experiment
};

std::span<const ModelKind> model_kinds();

/// Decoder architecture and output activation.
class DecoderPart : public Part<NetworkSpec> {
 public:
  DecoderPart() : Part("mlp") {}
  void visit_shared(const std::string& /*type*/, OptionVisitor& visitor) override;

  Part<Activation> output_activation{"identity"};
};

/// Sparsity penalty and its warm-up.
class SparsityPart : public Part<Sparsity> {
 public:
  SparsityPart() : Part("none") {}
  void visit_shared(const std::string& /*type*/, OptionVisitor& visitor) override;

  std::optional<Interval> warm_up;
};

struct ModelOptions {
  std::string kind = "autoencoder";
  Part<NetworkSpec> encoder{"mlp"};
  DecoderPart decoder;
  Part<LatentSpec> latent{"deterministic"};
  int64_t latent_dim = 0;
  SparsityPart sparsity;
  std::string input_transform = "none";
  Part<Initialization> initialization{"torch"};
  bool tied = false;
  bool decoder_from_encoder = false;
  bool unit_norm_decoder = false;
  bool pre_encoder_bias = false;
  bool output_bias_from_data = false;
  bool conditional = false;
  std::string initial_weights;      ///< run or checkpoint to start from; empty for none
  std::vector<std::string> freeze;  ///< parts whose weights stay as they are

  ModelOptions();
  bool freezes(const std::string& part) const;
  void visit(OptionVisitor& visitor);
};

/// Loss of some numeric columns.
class ColumnReconstructionPart : public Part<ReconstructionSpec> {
 public:
  ColumnReconstructionPart() : Part("mse") {}
  void visit_shared(const std::string& /*type*/, OptionVisitor& visitor) override;

  std::vector<std::string> columns;  ///< names, numbers from 1, or patterns
};

/// Reconstruction loss and its weight.
class ReconstructionPart : public Part<ReconstructionSpec> {
 public:
  ReconstructionPart() : Part("mse") {}
  void visit_shared(const std::string& /*type*/, OptionVisitor& visitor) override;
  /// True if the mean of the training rows is needed.
  bool needs_mean() const;

  double weight = 1;
  std::optional<std::vector<ColumnReconstructionPart>> by_column;
};

/// Target of the KL divergence.
struct KlCapacity {
  double nats = 25;
  std::optional<Interval> length;

  void visit(OptionVisitor& visitor);
};

struct KlOptions {
  double weight = 1;
  double free_bits = 0;
  std::optional<KlCapacity> capacity;
  std::optional<WarmUp> warm_up;

  void visit(OptionVisitor& visitor);
};

struct ObjectiveOptions {
  ReconstructionPart reconstruction;
  std::optional<KlOptions> kl;
  int64_t posterior_samples = 1;
  std::string bound = "elbo";
  double contractive_weight = 0;

  void visit(OptionVisitor& visitor);
};

/// @throws Error(usage) naming options of different parts that contradict each other
void check_model(const ModelOptions& model, const ObjectiveOptions& objective,
                 const CorruptionPart& corruption, const std::string& config);

}  // namespace ae
