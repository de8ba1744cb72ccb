#include "evaluation/mapped_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/random.h"
#include "engine/batch.h"
#include "report/picture.h"
#include "report/sprites.h"

namespace ae {
namespace {

constexpr int64_t kMappedRows = 10000;
constexpr int64_t kMostMappedValues = int64_t{1} << 23;  // of codes, 32 MB
constexpr int64_t kPicturedRows = 3000;
constexpr int64_t kPictureSide = 32;  // pixels

RowSet rows_to_map(const RowSet& all, int64_t latents) {
  const int64_t most = std::min(kMappedRows, std::max<int64_t>(2, kMostMappedValues / latents));
  return evenly_spaced(all, most);
}

/// Images of the rows of a set that have pictures, by their place in the order.
class PicturedRows {
 public:
  PicturedRows(std::vector<int64_t> shape, const std::vector<int64_t>& order)
      : shape_(std::move(shape)), ranks_(order.size()) {
    for (size_t i = 0; i < order.size(); ++i) {
      ranks_[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
    }
  }

  /// @param inputs  [B, D] of the next rows
  void add(const at::Tensor& inputs) {
    std::vector<int64_t> chosen;
    for (int64_t i = 0; i < inputs.size(0); ++i) {
      const int64_t rank = ranks_[done_++];
      if (rank >= kPicturedRows) continue;
      chosen.push_back(i);
      places_.push_back(rank);
    }
    if (chosen.empty()) return;
    const at::Tensor index = at::tensor(at::ArrayRef<int64_t>(chosen), at::kLong);
    images_.push_back(small_images(inputs.index_select(0, index), shape_, kPictureSide));
  }
  at::Tensor images() const {
    const at::Tensor places = at::tensor(at::ArrayRef<int64_t>(places_), at::kLong);
    return at::cat(images_).index_select(0, places.argsort());
  }

 private:
  std::vector<int64_t> shape_;
  std::vector<int64_t> ranks_;   // of each row in the order
  std::vector<int64_t> places_;  // of each image
  std::vector<at::Tensor> images_;
  size_t done_ = 0;
};

}  // namespace

MappedRows mapped_rows(const EvaluatedRows& rows) {
  Autoencoder& model = *rows.trained().model;
  MappedRows out{.set = rows_to_map(rows.data().rows, model.latent_dim()),
                 .order = {},
                 .codes = {},
                 .errors = {},
                 .images = {}};
  out.order = permutation(out.set.count(),
                          {.seed = static_cast<uint64_t>(rows.trained().info.experiment.seed),
                           .purpose = Purpose::sampling,
                           .layer = 3});
  const std::vector<int64_t>& shape = rows.trained().info.preprocessing.shape;
  PicturedRows pictured(shape, out.order);
  const bool alone = model.latent_dim() == 1;
  std::vector<at::Tensor> codes;
  std::vector<at::Tensor> errors;
  rows.visit_rows(out.set, [&](const Batch& batch) {
    const ForwardContext context{.noise = &batch.noise(),
                                 .condition = model.condition(batch.labels())};
    const at::Tensor code = model.encode(batch.input(), context).code();
    codes.push_back(code.cpu().to(at::kFloat));
    if (is_image(shape)) pictured.add(batch.input().cpu());
    if (!alone) return;
    const at::Tensor& x = batch.target();
    errors.push_back((model.reconstruct(code, x, context) - x).cpu().square().nansum(1));
  });
  out.codes = at::cat(codes);
  if (alone) out.errors = at::cat(errors);
  if (is_image(shape)) out.images = pictured.images();
  return out;
}

}  // namespace ae
