#include <spdlog/fmt/fmt.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "engine/batch.h"
#include "evaluation/part.h"
#include "report/page/html_table.h"

namespace ae::parts {
namespace {

constexpr int64_t kMostCopiedRows = 2000;
constexpr int64_t kMostCopiedValues = int64_t{1} << 23;  // 32 MB
/// Variance explained of rows without structure, from which on the model is said to copy.
constexpr double kCopies = 0.9;
constexpr double kRoundingOfRows = 1e-12;  // relative variance that is none

struct ComparedRows {
  at::Tensor inputs;  // [n, D]
  at::Tensor labels;  // [n]; undefined without
};

ComparedRows first_rows(const EvaluatedRows& rows) {
  std::vector<at::Tensor> inputs;
  std::vector<at::Tensor> labels;
  const int64_t most =
      std::clamp<int64_t>(kMostCopiedValues / rows.trained().model->widest(), 2, kMostCopiedRows);
  int64_t count = 0;
  rows.for_each([&](const Batch& batch) {
    if (count >= most) return;
    const int64_t some = std::min(batch.samples(), most - count);
    inputs.push_back(batch.input().narrow(0, 0, some));
    if (batch.labels().defined()) labels.push_back(batch.labels().narrow(0, 0, some));
    count += some;
  });
  return {at::cat(inputs), labels.empty() ? at::Tensor() : at::cat(labels)};
}

/// Rows of which each feature comes from another row: its own distribution, nothing in common.
at::Tensor shuffled_features(const at::Tensor& rows, uint64_t seed) {
  at::Tensor out = rows.clone();
  for (int64_t j = 0; j < rows.size(1); ++j) {
    const std::vector<int64_t> order = permutation(
        rows.size(0),
        {.seed = seed, .purpose = Purpose::sampling, .item = static_cast<uint64_t>(j), .layer = 1});
    const at::Tensor index = at::tensor(at::ArrayRef<int64_t>(order), at::kLong).to(rows.device());
    out.select(1, j).copy_(rows.select(1, j).index_select(0, index));
  }
  return out;
}

/// Gaussian noise with each feature's mean and standard deviation.
at::Tensor gaussian_noise(const at::Tensor& rows, uint64_t seed) {
  at::Tensor noise = at::empty({rows.size(0), rows.size(1)}, at::kFloat);
  RandomStream({.seed = seed, .purpose = Purpose::sampling, .layer = 2})
      .normal({noise.mutable_data_ptr<float>(), static_cast<size_t>(noise.numel())});
  return rows.mean(0) + noise.to(rows.device()) * rows.std(0, /*unbiased=*/false);
}

/// 1 - squared error / squared distance from the rows' mean.
double variance_explained(const EvaluatedRows& rows, const at::Tensor& inputs,
                          const at::Tensor& labels) {
  Autoencoder& model = *rows.trained().model;
  const ForwardContext context{.condition = model.condition(labels)};
  const at::Tensor decoded =
      model.reconstruct(model.encode(inputs, context).code(), inputs, context);
  const double error = (decoded - inputs).to(at::kDouble).square().sum().item<double>();
  const at::Tensor wide = inputs.to(at::kDouble);
  const double distances = (wide - wide.mean(0)).square().sum().item<double>();
  if (!(distances > kRoundingOfRows * wide.square().sum().item<double>())) {
    throw data_error("the rows do not vary, so that there is no variance to explain");
  }
  return 1 - error / distances;
}

std::string no_copying(const EvaluatedRows& rows) {
  if (rows.trained().model->has_own_target())
    return "the model reconstructs targets, not its input";
  const Preprocessing& preprocessing = rows.trained().info.preprocessing;
  if (preprocessing.features && preprocessing.features->missing()->masks()) {
    return "rows have missing values, which rows of noise do not";
  }
  return rows.data().rows.count() < 2 ? "needs at least two rows" : "";
}

PartResult capacity_figures(const EvaluatedRows& rows) {
  const ComparedRows compared = first_rows(rows);
  const auto seed = static_cast<uint64_t>(rows.trained().info.experiment.seed);
  const auto explained = [&](const at::Tensor& inputs) {
    return variance_explained(rows, inputs, compared.labels);
  };
  const double data = explained(compared.inputs);
  const double shuffled = explained(shuffled_features(compared.inputs, seed));
  const double noise = explained(gaussian_noise(compared.inputs, seed));
  PartResult out;
  const bool copies = shuffled > kCopies && noise > kCopies;
  out.metrics = {{"rows", compared.inputs.size(0)},
                 {"variance_explained",
                  {{"data", data}, {"shuffled_features", shuffled}, {"gaussian_noise", noise}}},
                 {"copies", copies}};
  out.text = fmt::format(
      "variance explained {:.1f} % of the rows, {:.1f} % with their features shuffled between "
      "rows, "
      "{:.1f} % of Gaussian noise{}\n",
      100 * data, 100 * shuffled, 100 * noise,
      copies ? ": the model copies its input, whatever it is; take fewer latents or a regulariser"
             : "");
  out.section.title = "Capacity";
  auto& table = out.section.add<TableFigure>(
      "Variance explained",
      copies ? "The model reconstructs rows without any structure as well as data: it copies, and "
               "its code says little. Take fewer latents, or a regulariser."
             : "Rows whose values are shuffled between rows, and noise, have nothing in common to "
               "learn: a model that reconstructs them as well as data only copies.",
      std::vector<std::string>{"rows", "variance explained"});
  table.add({"data", fmt::format("{:.1f} %", 100 * data)});
  table.add({"features shuffled between rows", fmt::format("{:.1f} %", 100 * shuffled)});
  table.add({"Gaussian noise", fmt::format("{:.1f} %", 100 * noise)});
  return out;
}

}  // namespace

EvaluationPart capacity() {
  return {"capacity", "whether the model copies: reconstruction of noise and of shuffled features",
          true, no_copying, capacity_figures};
}

}  // namespace ae::parts
