#include "one_of_each.h"

#include <ATen/Functions.h>
#include <spdlog/fmt/fmt.h>

#include "models/normalization.h"
#include "parts.h"

namespace ae {
at::Tensor labels() { return at::arange(kRows, at::kLong).remainder(3); }

Json small_latent(const std::string& name) {
  if (name == "top_k") return {{"type", name}, {"k", 2}};
  if (name == "jump_relu") return {{"type", name}, {"threshold", 0.01}, {"bandwidth", 1}};
  return name;
}

Json small_normalization(const std::string& name) {
  return name == "group" ? Json{{"type", name}, {"groups", 3}} : Json(name);
}

Json small_corruption(const std::string& name) {
  return name == "block_masking" ? Json{{"type", name}, {"size", 3}} : Json(name);
}

namespace {

bool has_tied_form(const std::string& network) {
  const auto part = part_of<NetworkSpec>(network);
  const auto encoder = part->build_encoder(rows_of(kFeatures));
  const torch::nn::Linear projection(encoder->outputs(), 3);
  return part->mirrored()->build_tied_decoder(*encoder, projection) != nullptr;
}

}  // namespace

std::map<std::string, Json> one_of_each() {
  std::map<std::string, Json> configs;
  const auto add = [&](const std::string& table, const std::string& name, const Json& config) {
    const Json plain = {{"model", {{"encoder", {{"type", "mlp"}, {"hidden", {6}}}}}}};
    configs[table + " " + name] = layered(plain, config);
  };
  for (const std::string& name : part_names<Activation>()) {
    add("hidden activation", name,
        {{"model", {{"encoder", {{"type", "mlp"}, {"activation", name}}}}}});
    add("code activation", name, {{"model", {{"latent", {{"activation", name}}}}}});
    add("output activation", name, {{"model", {{"decoder", {{"output_activation", name}}}}}});
  }
  for (const std::string& name : part_names<NetworkSpec>()) {
    add("network", name, {{"model", {{"encoder", name}}}});
    if (has_tied_form(name)) {
      add("tied network", name, {{"model", {{"encoder", name}, {"tied", true}}}});
    }
  }
  for (const std::string& name : part_names<NormalizationSpec>()) {
    const Json options = {{"normalization", small_normalization(name)}, {"dropout", 0.25}};
    add("normalization", name, {{"model", {{"encoder", layered({{"type", "mlp"}}, options)}}}});
    const Json conv = {{"type", "conv"}, {"channels", {6, 3}}, {"hidden", {6}}};
    add("convolutional normalization", name,
        {{"model", {{"encoder", layered(conv, options)}, {"kind", "vae"}}},
         {"objective", {{"posterior_samples", 2}}}});
  }
  for (const std::string& name : part_names<LatentSpec>()) {
    add("latent", name, {{"model", {{"latent", small_latent(name)}}}});
  }
  for (const std::string& name : part_names<ReconstructionSpec>()) {
    add("reconstruction", name, {{"objective", {{"reconstruction", name}}}});
    add("vae reconstruction", name,
        {{"model", {{"kind", "vae"}}}, {"objective", {{"reconstruction", name}}}});
  }
  for (const char* name : {"gaussian", "laplace"}) {
    for (const char* variance : {"learned", "per_feature"}) {
      add("reconstruction", fmt::format("{} {}", name, variance),
          {{"objective", {{"reconstruction", {{"type", name}, {"variance", variance}}}}}});
    }
  }
  add("reconstruction", "negative_binomial learned",
      {{"objective",
        {{"reconstruction", {{"type", "negative_binomial"}, {"dispersion", "learned"}}}}}});
  for (const std::string& name : part_names<Sparsity>()) {
    add("sparsity", name,
        {{"model",
          {{"latent", name == "l0" ? small_latent("jump_relu")
                                   : Json{{"type", "deterministic"}, {"activation", "sigmoid"}}},
           {"sparsity", name}}}});
  }
  for (const std::string& name : part_names<CorruptionSpec>()) {
    add("corruption", name, {{"corruption", small_corruption(name)}});
  }
  for (const std::string& name : part_names<Initialization>()) {
    add("initialization", name, {{"model", {{"initialization", name}}}});
  }
  for (const std::string& name : part_names<OptimizerSpec>()) {
    add("optimizer", name, {{"optimizer", name}});
  }
  return configs;
}

}  // namespace ae
