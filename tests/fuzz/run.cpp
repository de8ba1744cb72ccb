// The input edits a run directory, as an untrusted sender could (see run_edits.h). All programs are
// then run on it.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "evaluation/evaluate.h"
#include "fuzz/run_bases.h"
#include "fuzz/run_edits.h"
#include "fuzz/target.h"
#include "inference/encode.h"
#include "inference/sample.h"
#include "runs/inspect.h"
#include "runs/training_run.h"
#include "temp_dir.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

/// Stops training after a few steps, so that no config makes an input slow.
class Limit : public Observer {
 public:
  /// @param results  also compute the results after training
  explicit Limit(bool results) : results_(results) {}

  Action on_step(const Trainer& /*trainer*/) override {
    ++steps_;
    return steps_ < kMaxSteps ? Action::go_on : Action::stop;
  }
  void on_end(const Trainer& /*trainer*/) override { ended_ = true; }
  bool interrupts() const override { return ended_ && !results_; }

 private:
  static constexpr int kMaxSteps = 12;
  bool results_;
  bool ended_ = false;
  int steps_ = 0;
};

/// False for a config whose sizes are valid but large, and so slow.
bool is_small(const Json& json) {
  constexpr double kSmall = 256;
  constexpr double kAbsurd = 1 << 30;  // must be refused
  constexpr size_t kFew = 64;
  if (json.is_structured()) {
    return json.size() <= kFew && std::ranges::all_of(json, is_small);
  }
  if (!json.is_number()) return true;
  const double value = json.get<double>();
  return value <= kSmall || value >= kAbsurd;
}

/// Checks that a table has this many rows of numbers below its header, which may be any text.
/// @param has_texts  its cells may also be categories of the base run
void check_table(const fs::path& path, int64_t rows, int64_t columns, bool has_texts = false) {
  const char* allowed = has_texts ? "0123456789+-.e,yesnordg" : "0123456789+-.e,";
  std::ifstream file(path);
  std::deque<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
    if (static_cast<int64_t>(lines.size()) > rows) lines.pop_front();
  }
  if (static_cast<int64_t>(lines.size()) < rows) report("a table lacks rows");
  for (const std::string& line : lines) {
    if (std::ranges::count(line, ',') != columns - 1) report("a table has another width: " + line);
    if (line.find_first_not_of(allowed) != std::string::npos) {
      report("a table contains other text than numbers: " + line);
    }
  }
}

/// Actions of a user on a run from an untrusted source.
class RunUser {
 public:
  /// @param base  the run before the edits
  RunUser(const BaseRun& base, const RunEdits& edits, fs::path run, fs::path out)
      : base_(base),
        run_(std::move(run)),
        out_(std::move(out)),
        unverified_(edits.has(RunFlag::unverified) ? Unverified::use : Unverified::refuse),
        pictures_(edits.has(RunFlag::pictures)),
        genuine_(edits.is_empty()) {}

  void inspect() const {
    attempt([&] { inspection_text(ae::inspect(run_)); });
  }

  void apply_model() const {
    std::optional<TrainedModel> model;
    attempt([&] { model.emplace(load_trained_model(run_, at::kCPU, unverified_)); });
    if (!model) return;
    encode(*model);
    sample(*model);
    evaluate(*model);
  }

  /// @param config  the user's own, or the run's
  void resume(const fs::path& config) const {
    TrainRequest request;
    request.config = config;
    request.run_directory = run_;
    request.data_root = base_.folder;
    request.device = "cpu";
    request.resume = true;
    request.unverified = unverified_ == Unverified::use;
    attempt([&] {
      try {
        TrainingRun training(request);
        if (training.is_finished()) return;
        Limit limit(pictures_);
        training.run({&limit}, [](const std::string&) {});
      } catch (const Error& error) {
        // Edited weights may make training diverge.
        if (error.kind() != ErrorKind::diverged) throw;
      }
    });
  }

 private:
  void attempt(const std::function<void()>& use) const { genuine_ ? use() : refusable(use); }

  static bool has_texts(const TrainedModel& model) {
    return model.info.preprocessing.features != nullptr;
  }

  void encode(const TrainedModel& model) const {
    const bool has_prior = model.model->has_prior();
    EncodeRequest request{.data = base_.data,
                          .labels = model.model->classes() > 0 ? base_.labels : "",
                          .out = out_ / "codes.npy",
                          .reconstruction = pictures_ ? out_ / "reconstruction.png" : "",
                          .log_variance = has_prior,
                          .sample = has_prior};
    attempt([&] { encode_file(model, request); });
    request.out = out_ / "codes.csv";
    request.reconstruction = out_ / "reconstruction.csv";
    request.log_variance = request.sample = false;
    attempt([&] {
      const int64_t rows = encode_file(model, request).rows;
      check_table(request.out, rows, model.model->latent_dim());
      check_table(request.reconstruction, rows, model.info.preprocessing.file_width(),
                  has_texts(model));
    });
  }

  void sample(const TrainedModel& model) const {
    SampleRequest request{.out = out_ / "samples.csv", .codes = {}, .count = 5, .label = {}};
    if (!model.model->has_prior()) request.codes = out_ / "codes.npy";
    attempt([&] {
      const int64_t rows = sample_file(model, request);
      check_table(request.out, rows, model.info.preprocessing.file_width(), has_texts(model));
    });
    request.out = out_ / (pictures_ ? "samples.png" : "samples.npy");
    request.from_likelihood = model.info.experiment.objective.reconstruction->is_likelihood();
    if (model.model->classes() > 0) request.label = "red";
    attempt([&] { sample_file(model, request); });
  }

  void evaluate(const TrainedModel& model) const {
    EvaluateRequest request;
    request.data_root = base_.folder;
    attempt([&] {
      const EvaluationData data = load_evaluation_data(model, request);
      evaluate_run(model, data, training_pca(model, data.splits.train)).to_json();
    });
  }

  const BaseRun& base_;
  fs::path run_;
  fs::path out_;
  Unverified unverified_;
  bool pictures_;
  bool genuine_;  // not edited: nothing may be refused
};

}  // namespace

void try_bytes(std::string_view bytes) {
  spdlog::set_level(spdlog::level::off);
  const RunEdits edits(bytes);
  const BaseRun& base = base_run(edits.base() % base_runs());
  // In a parent folder of its own, to which links may lead.
  const TempDir place;
  const fs::path run = place / "runs" / "run";
  const fs::path out = place / "out";
  fs::create_directories(run.parent_path());
  fs::create_directory(out);
  fs::copy(base.run, run, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  StoredRun content = base.content;
  const std::vector<FolderEdit> folders = edits.apply(content);
  content.write(run, base.step, base.content, !edits.has(RunFlag::leave_checksums));
  for (const FolderEdit& edit : folders) edit_folder(run, base.step, edit);

  const RunUser user(base, edits, run, out);
  user.inspect();
  user.apply_model();
  // Last, as it changes the run.
  if (!edits.has(RunFlag::own_config)) {
    user.resume(base.config);
  } else if (is_small(content.config) && fs::is_regular_file(run / "config.json")) {
    user.resume(run / "config.json");  // other kinds are the user's responsibility
  }
}

}  // namespace ae
