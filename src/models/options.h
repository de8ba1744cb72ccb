#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/part.h"
#include "models/activation.h"
#include "models/corruption.h"
#include "models/initialization.h"
#include "models/latent.h"
#include "models/network.h"
#include "models/reconstruction.h"
#include "models/sparsity.h"

namespace ae {

/// A name for a common choice of parts: defaults that lie under what the config says.
struct ModelKind {
  const char* name;
  const char* summary;
  const char* preset;  ///< JSON, of the whole experiment
};

std::span<const ModelKind> model_kinds();

/// The decoder's architecture, and what its output passes last.
class DecoderPart : public Part<NetworkSpec> {
 public:
  DecoderPart() : Part("mlp") {}
  void visit_shared(OptionVisitor& visitor) override;

  Part<Activation> output_activation{"identity"};
};

struct ModelOptions {
  std::string kind = "autoencoder";
  Part<NetworkSpec> encoder{"mlp"};
  DecoderPart decoder;
  Part<LatentSpec> latent{"deterministic"};
  int64_t latent_dim = 0;
  Part<Sparsity> sparsity{"none"};
  Part<Initialization> initialization{"torch"};
  bool tied = false;

  ModelOptions();
  void visit(OptionVisitor& visitor);
};

/// What the loss says of the output.
class ReconstructionPart : public Part<Reconstruction> {
 public:
  ReconstructionPart() : Part("mse") {}
  void visit_shared(OptionVisitor& visitor) override;

  double weight = 1;
};

struct KlOptions {
  double weight = 1;

  void visit(OptionVisitor& visitor);
};

struct ObjectiveOptions {
  ReconstructionPart reconstruction;
  std::optional<KlOptions> kl;

  void visit(OptionVisitor& visitor);
};

/// @throws Error(usage) naming the options of the parts that contradict each other
void check_model(const ModelOptions& model, const ObjectiveOptions& objective,
                 const Part<Corruption>& corruption, const std::string& config);

}  // namespace ae
