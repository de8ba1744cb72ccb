#include "evaluation/part.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "data/resident_rows.h"
#include "engine/row_loop.h"
#include "inference/data_stream.h"
#include "io/atomic_file.h"
#include "io/formats/csv.h"
#include "io/path_kind.h"
#include "io/quote.h"
#include "kernels/memory_error.h"
#include "kernels/single_thread_guard.h"

#define AE_EVALUATION_PARTS(part)                                                     \
  part(reconstruction) part(elbo) part(likelihood) part(coverage) part(latent_map)    \
      part(latent_space) part(sparse) part(samples) part(denoising) part(compression) \
          part(anomaly) part(capacity)

namespace ae {
namespace parts {

#define AE_DECLARE_EVALUATION_PART(name) EvaluationPart name();
AE_EVALUATION_PARTS(AE_DECLARE_EVALUATION_PART)

}  // namespace parts

std::span<const EvaluationPart> evaluation_parts() {
#define AE_CALL_EVALUATION_PART(name) parts::name(),
  static const EvaluationPart kParts[] = {AE_EVALUATION_PARTS(AE_CALL_EVALUATION_PART)};
  return kParts;
}

namespace {

at::Tensor factors_of(const RowSet& set) {
  const std::vector<NamedLabels>& further = set.data->further_labels;
  if (further.empty() || !set.has_labels()) return {};
  std::vector<at::Tensor> columns = {set.labels_of(set.rows)};
  for (const NamedLabels& each : further) {
    std::vector<int64_t> values;
    for (const int64_t row : set.rows) {
      values.push_back(each.labels.values[static_cast<size_t>(row)]);
    }
    columns.push_back(at::tensor(at::ArrayRef<int64_t>(values), at::kLong));
  }
  return at::stack(columns, 1);
}

}  // namespace

EvaluatedRows::EvaluatedRows(const TrainedModel& trained, const EvaluationData& data,
                             const Pca& pca, PartOptions options)
    : trained_(trained), data_(data), pca_(pca), options_(std::move(options)) {}

void EvaluatedRows::for_each(const std::function<void(const Batch&)>& visit) const {
  visit_rows(data_.rows, visit);
}

void EvaluatedRows::visit_rows(const RowSet& set,
                               const std::function<void(const Batch&)>& visit) const {
  SetReader reader(set, resident_pair(*set.data, trained_.info.preprocessing, trained_.device),
                   stream_rows(trained_.model->widest()), trained_.model->classes() > 0);
  // Threads that share the small operations of a network wait for each other after each of them,
  // which takes long beside other programs.
  const bool is_small = trained_.info.experiment.model.encoder.type() != "conv";
  const std::optional<SingleThreadGuard> alone =
      is_small ? std::optional<SingleThreadGuard>(std::in_place) : std::nullopt;
  const bool done = for_each_batch(reader,
                                   {.seed = static_cast<uint64_t>(trained_.info.experiment.seed),
                                    .device = trained_.device,
                                    .interrupted = options_.interrupted},
                                   visit);
  if (!done) throw EvaluationInterrupted();
}

SampledRows EvaluatedRows::sampled(const RowSet& set, int64_t limit, bool with_inputs) const {
  constexpr int64_t kMostValues = int64_t{1} << 22;
  const int64_t width =
      std::max(trained_.model->latent_dim(), with_inputs ? set.data->info.width() : 1);
  const int64_t fitting = std::max<int64_t>(2, kMostValues / width);
  const RowSet some = evenly_spaced(set, std::min(limit, fitting));
  std::vector<at::Tensor> inputs;
  std::vector<at::Tensor> codes;
  std::vector<at::Tensor> draws;
  visit_rows(some, [&](const Batch& batch) {
    const ForwardContext context{.noise = &batch.noise(),
                                 .condition = trained_.model->condition(batch.labels())};
    if (with_inputs) inputs.push_back(batch.input().cpu());
    const Posterior posterior = trained_.model->encode(batch.input(), context);
    codes.push_back(posterior.code().cpu());
    if (!trained_.model->has_prior()) return;
    draws.push_back(trained_.model->sample(posterior, batch.noise()).cpu());
  });
  return {with_inputs ? at::cat(inputs) : at::Tensor(), at::cat(codes),
          draws.empty() ? at::Tensor() : at::cat(draws), some.labels(), factors_of(some)};
}

namespace {

/// Computes a part; the others are still computed if its figures cannot be had of these rows.
void add_part(const EvaluationPart& part, const EvaluatedRows& rows, PartsResult& out) {
  PartResult result;
  if (const auto reason = reason_of_failure([&] { result = part.compute(rows); })) {
    out.metrics[part.name] = {{"error", *reason}};
    out.warnings.push_back(fmt::format("{}: {}", part.name, *reason));
    return;
  }
  out.metrics[part.name] = std::move(result.metrics);
  out.text += result.text;
  std::ranges::move(result.tables, std::back_inserter(out.tables));
  if (result.section.figures.empty() && result.section.paragraphs.empty()) return;
  out.sections.push_back(std::move(result.section));
}

/// @throws Error(usage) for the name of no part. @param option  that gave it
void check_names(const std::vector<std::string>& names, const char* option) {
  std::vector<std::string> known;
  for (const EvaluationPart& part : evaluation_parts()) known.emplace_back(part.name);
  for (const std::string& name : names) {
    if (std::ranges::find(known, name) != known.end()) continue;
    throw usage_error("{} {}: there is no such part{}; expected some of {}", option, quote(name),
                      did_you_mean(name, known), join(known));
  }
}

bool contains(const std::vector<std::string>& names, const EvaluationPart& part) {
  return std::ranges::find(names, part.name) != names.end();
}

}  // namespace

std::optional<std::string> reason_of_failure(const std::function<void()>& work) {
  constexpr const char* kMemory = "it needs more memory than is available";
  try {
    work();
    return std::nullopt;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return error.what();
  } catch (const c10::Error& error) {
    if (is_out_of_memory(error)) return kMemory;
    return first_line(error.what_without_backtrace());
  } catch (const std::exception& error) {
    if (is_out_of_memory(error)) return kMemory;
    throw;
  }
}

PartsResult compute_parts(const EvaluatedRows& rows, const PartChoice& choice) {
  check_names(choice.only, "--only");
  check_names(choice.include, "--include");
  const c10::NoGradGuard no_grad;
  PartsResult out;
  for (const EvaluationPart& part : evaluation_parts()) {
    const bool named = contains(choice.only, part) || contains(choice.include, part);
    if (!named && (!choice.only.empty() || !part.by_default)) continue;
    if (rows.options().interrupted && rows.options().interrupted()) throw EvaluationInterrupted();
    const std::string why = part.unavailable != nullptr ? part.unavailable(rows) : "";
    if (!why.empty()) {
      out.metrics[part.name] = {{"unavailable", why}};
      if (named) out.text += fmt::format("{}: {}\n", part.name, why);
      continue;
    }
    add_part(part, rows, out);
  }
  return out;
}

void write_evaluation(const std::filesystem::path& folder, const Json& metrics,
                      const std::vector<PartTable>& tables) {
  make_folders(folder);
  for (const PartTable& table : tables) {
    CsvWriter file(folder / (table.name + ".csv"), table.columns);
    for (const std::vector<std::string>& row : table.rows) file.write(row);
    file.commit();
  }
  write_text_atomically(folder / "metrics.json", metrics.dump(2) + "\n");
}

}  // namespace ae
