#include "runs/monitored_rows.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <span>
#include <vector>

#include "data/resident_rows.h"
#include "engine/batch.h"
#include "engine/row_loop.h"
#include "inference/data_stream.h"
#include "inference/sample.h"
#include "report/picture.h"

namespace ae {
namespace {

constexpr int64_t kPicturesAcross = 16;

/// Concatenates work(begin, part) over parts of at most `at_once` rows.
template <class Work>
at::Tensor in_parts(const at::Tensor& rows, int64_t at_once, const Work& work) {
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < rows.size(0); begin += at_once) {
    parts.push_back(work(begin, rows.narrow(0, begin, std::min(at_once, rows.size(0) - begin))));
  }
  return at::cat(parts);
}

/// The context of a part of the rows.
ForwardContext part_of(const ForwardContext& context, int64_t begin, int64_t count) {
  ForwardContext part = context;
  if (context.condition.defined()) part.condition = context.condition.narrow(0, begin, count);
  return part;
}

}  // namespace

struct MonitoredRows::Rows {
  at::Tensor targets;  // [n, D], in the model's type
  at::Tensor seen;     // [n, D] corrupted inputs; the targets themselves, if that is what they are
  at::Tensor inputs;   // [n, D] clean
  ForwardContext context;
};

MonitoredRows::MonitoredRows(const Splits& splits, TrainingEngine& engine, uint64_t seed)
    : splits_(splits), engine_(engine), seed_(seed) {}

bool MonitoredRows::can_draw() const {
  const std::vector<int64_t>& shape = splits_.preprocessing.output().shape;
  return Picture::can_draw(shape) && shape == splits_.preprocessing.shape;
}

MonitoredRows::Rows MonitoredRows::rows(int64_t most) const {
  const ReportedSet reported = reported_set(splits_);
  Autoencoder& model = engine_.model();
  const at::Device device = engine_.device();
  const auto first = std::span<const int64_t>(reported.rows.rows)
                         .first(static_cast<size_t>(std::min(most, reported.rows.count())));
  const NoiseKey key{.seed = seed_, .epoch = kEvaluationEpoch};
  // Gathered on the CPU, as the device holds one copy of all rows already.
  const ResidentPair sources = resident_pair(*reported.rows.data, splits_.preprocessing, at::kCPU);
  const RowNoise drawn(key, first, at::kCPU);
  const Batch batch(*sources.inputs, first, drawn, {}, model.parameters().front().scalar_type(),
                    sources.targets.get());
  const at::Tensor inputs = batch.input().to(device);
  const at::Tensor targets = batch.has_own_targets() ? batch.target().to(device) : inputs;
  const RowNoise noise(key, first, device);
  Rows out{targets, engine_.objective().corrupted(inputs, noise), inputs, {}};
  if (model.classes() > 0) {
    out.context.condition = model.condition(reported.rows.labels_of(first).to(device));
  }
  return out;
}

std::string MonitoredRows::inputs(int64_t most) const {
  const std::vector<int64_t>& shape = splits_.preprocessing.output().shape;
  const at::Tensor targets = rows(std::min(most, Picture::max_rows(shape))).targets.cpu();
  const auto [low, high] = drawn_range(targets);
  return Picture(shape, low, high).png(targets, std::min(kPicturesAcross, targets.size(0)));
}

std::string MonitoredRows::reconstructions(int64_t most) const {
  const c10::NoGradGuard no_grad;
  Autoencoder& model = engine_.model();
  const std::vector<int64_t>& shape = splits_.preprocessing.output().shape;
  const Rows given = rows(std::min(most, Picture::max_rows(shape)));
  const at::Tensor& targets = given.targets;
  const at::Tensor back =
      in_parts(given.seen, stream_rows(model.widest()), [&](int64_t begin, const at::Tensor& part) {
        const ForwardContext context = part_of(given.context, begin, part.size(0));
        return model.reconstruct(model.encode(part, context).code(),
                                 targets.narrow(0, begin, part.size(0)), context);
      });
  const int64_t across = std::min(kPicturesAcross, targets.size(0));
  const bool corrupted = !given.seen.is_same(targets);
  std::vector<at::Tensor> lines;
  for (int64_t begin = 0; begin + across <= targets.size(0); begin += across) {
    lines.push_back(targets.narrow(0, begin, across));
    if (corrupted) lines.push_back(given.seen.narrow(0, begin, across));
    lines.push_back(back.narrow(0, begin, across));
  }
  const auto [low, high] = drawn_range(targets);
  return Picture(shape, low, high).png(at::stack(lines).flatten(0, 1).cpu(), across);
}

std::string MonitoredRows::samples(int64_t count) const {
  const c10::NoGradGuard no_grad;
  Autoencoder& model = engine_.model();
  if (!model.has_prior()) return {};
  const std::vector<int64_t>& shape = splits_.preprocessing.output().shape;
  const int64_t drawn = std::min(count, Picture::max_rows(shape));
  const at::Tensor codes = draw_from_prior(0, drawn, model.latent_dim(), seed_);
  const at::Tensor labels = labels_in_turn(0, drawn, model).to(engine_.device());
  const ForwardContext all{.condition = model.condition(labels)};
  const at::Tensor decoded =
      in_parts(codes, stream_rows(model.widest()), [&](int64_t begin, const at::Tensor& part) {
        return model
            .decode_to_data(part.to(engine_.device(), model.parameters().front().scalar_type()),
                            part_of(all, begin, part.size(0)))
            .cpu();
      });
  // Drawn between the values of the data, as the reconstructions are.
  const auto [low, high] = drawn_range(rows(kPicturesAcross).targets.cpu());
  return Picture(shape, low, high).png(decoded, square_columns(drawn));
}

at::Tensor MonitoredRows::codes(int64_t most) const {
  const c10::NoGradGuard no_grad;
  Autoencoder& model = engine_.model();
  const int64_t fitting = std::max<int64_t>(1, (int64_t{1} << 22) / model.widest());
  const Rows given = rows(std::min(most, fitting));
  return in_parts(given.inputs, stream_rows(model.widest()),
                  [&](int64_t begin, const at::Tensor& part) {
                    return model.encode(part, part_of(given.context, begin, part.size(0))).code();
                  })
      .cpu();
}

}  // namespace ae
