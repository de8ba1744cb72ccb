#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/json.h"
#include "evaluation/evaluation_data.h"
#include "evaluation/pca.h"
#include "inference/trained_model.h"
#include "report/page/page.h"

namespace ae {

class Batch;

/// Options of an evaluation's parts.
struct PartOptions {
  int64_t importance_samples = 100;  ///< K for each row
  int threads = 1;
  bool umap = false;                 ///< of the map of the codes, in place of the latents or PCA
  std::string true_directions = {};  ///< file of the directions [K, D] that rows were made of
  Interrupted interrupted = {};
  /// Called while a long part is computed, with the number of rows that are done.
  std::function<void(const char* part, int64_t done, int64_t rows)> progress = {};
};

/// Some rows of a set, evenly spaced.
struct SampledRows {
  at::Tensor inputs;            ///< [n, D] the model's input
  at::Tensor codes;             ///< [n, Z] float32, on the CPU; of a Gaussian posterior its means
  at::Tensor draws;             ///< [n, Z] one draw from each posterior; undefined without a prior
  std::vector<int64_t> labels;  ///< of the rows; empty without
  at::Tensor factors;           ///< [n, F] all labels of rows that have several; else undefined
};

/// Rows run through a model once, for all parts that read them.
class EvaluatedRows {
 public:
  /// The arguments must outlive this. @param pca  of the training rows
  EvaluatedRows(const TrainedModel& trained, const EvaluationData& data, const Pca& pca,
                PartOptions options);

  const TrainedModel& trained() const { return trained_; }
  const EvaluationData& data() const { return data_; }
  const Pca& pca() const { return pca_; }
  const PartOptions& options() const { return options_; }

  /// Calls visit(batch) for all evaluated rows in their order, without gradients.
  /// @throws EvaluationInterrupted
  void for_each(const std::function<void(const Batch&)>& visit) const;
  /// Calls visit(batch) for the rows of another set, such as the training rows.
  /// @throws EvaluationInterrupted
  void visit_rows(const RowSet& set, const std::function<void(const Batch&)>& visit) const;
  /// At most `limit` of the evaluated or of the training rows, with their codes; fewer of wide
  /// rows, whose inputs or codes take at most 16 MB. @param with_inputs  else they are left
  /// undefined
  SampledRows sampled(const RowSet& set, int64_t limit, bool with_inputs = true) const;

 private:
  const TrainedModel& trained_;
  const EvaluationData& data_;
  const Pca& pca_;
  PartOptions options_;
};

/// Table of a part, as a CSV file.
struct PartTable {
  std::string name;  ///< of the file, without its extension
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

/// Results of a part.
struct PartResult {
  Json metrics = Json::object();  ///< for metrics.json
  std::string text;               ///< lines for people
  std::vector<PartTable> tables = {};
  PageSection section = {};  ///< of the report; left out if it has no figures and no paragraphs
};

/// A kind of figures. To add one: a file of its own, and a line in the list of parts.
struct EvaluationPart {
  const char* name;     ///< in --only and metrics.json
  const char* summary;  ///< for --help
  bool by_default;      ///< takes seconds
  /// Reason why a model or its rows have no such figures; empty if they have. Null: all have.
  std::string (*unavailable)(const EvaluatedRows& rows);
  /// @throws Error(data) if a figure cannot be computed of these rows
  PartResult (*compute)(const EvaluatedRows& rows);
};

std::span<const EvaluationPart> evaluation_parts();

/// Results of several parts.
struct PartsResult {
  Json metrics = Json::object();  ///< by the parts' names
  std::string text;
  std::vector<PartTable> tables;
  std::vector<PageSection> sections;
  std::vector<std::string> warnings;  ///< on parts that cannot be computed
};

/// Calls work(), and returns why it failed: a data error, too little memory, or an operation of
/// LibTorch that failed on these numbers; null if it did not.
/// @throws what it throws otherwise, such as EvaluationInterrupted
std::optional<std::string> reason_of_failure(const std::function<void()>& work);

/// Choice of parts by their names.
struct PartChoice {
  std::vector<std::string> only = {};     ///< empty: those by default
  std::vector<std::string> include = {};  ///< besides those
};

/// Results of the parts that are chosen. Those that are not available have
/// {"unavailable": reason}, and lines for people say so if they were named; those that cannot be
/// computed of these rows have {"error": reason}.
/// @throws Error(usage) for an unknown name  @throws EvaluationInterrupted
PartsResult compute_parts(const EvaluatedRows& rows, const PartChoice& choice = {});

/// Writes metrics.json and tables to a folder, each atomically.
void write_evaluation(const std::filesystem::path& folder, const Json& metrics,
                      const std::vector<PartTable>& tables);

}  // namespace ae
