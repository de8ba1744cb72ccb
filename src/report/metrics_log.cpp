#include "report/metrics_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "config/stored_json.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/line_reader.h"
#include "io/path_kind.h"
#include "report/metrics_lines.h"

namespace ae {
namespace {

/// Appends damaged lines to a file beside the log.
void keep_damaged_lines(const std::filesystem::path& path, const std::string& lines) {
  std::string kept;
  if (path_kind(path) != PathKind::absent) kept = read_regular_file(path, kMaxStoredBytes);
  write_text_atomically(path, kept + lines);
}

/// Truncates a log to the first `epochs` epochs. An incomplete last line, left by a killed process,
/// is dropped. Other damaged lines are moved to a file beside the log.
void truncate_log(const std::filesystem::path& path, int64_t epochs, const MetricsLog::Warn& warn) {
  AtomicFile kept(path);
  std::string damaged;
  std::vector<int64_t> numbers;
  if (path_kind(path) != PathKind::absent) {
    LineReader lines(path);
    for (std::string line; lines.next(line);) {
      const Json json = parse_metrics_line(line, path.string());
      if (json.is_null() && !lines.is_whole()) break;
      line += "\n";
      if (json.is_null()) {
        damaged += line;
        numbers.push_back(lines.number());
        continue;
      }
      // The test split is evaluated after training: a resumed run evaluates it again.
      const bool is_later = json["epoch"].get<int64_t>() > epochs;
      if (!is_later && member(json, "split") != "test") kept.write(line.data(), line.size());
    }
  }
  if (!numbers.empty()) {
    const std::filesystem::path aside = path.parent_path() / "metrics.damaged.jsonl";
    keep_damaged_lines(aside, damaged);
    warn(fmt::format("{}: {} damaged line{}, the first of them line {}; moved to {}", path.string(),
                     numbers.size(), numbers.size() == 1 ? "" : "s", numbers.front(),
                     aside.filename().string()));
  }
  kept.commit();
}

Error cannot_be_written(const std::filesystem::path& path, int error) {
  return data_error("{}: cannot be written: {}", path.string(), std::strerror(error));
}

/// Reads the first bytes of an open file.
std::string read_prefix(int file, int64_t bytes) {
  std::string text(static_cast<size_t>(bytes), '\0');
  size_t done = 0;
  ssize_t n = 1;
  while (done < text.size() && n > 0) {
    n = ::pread(file, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (n > 0) done += static_cast<size_t>(n);
  }
  text.resize(done);
  return text;
}

}  // namespace

Json metrics_json(const SplitMetrics& metrics, const TrainingState& state, int64_t width) {
  Json json = {{"step", state.step}, {"epoch", state.epoch}, {"split", metrics.split}};
  for (const auto& [name, value] : metrics.means) {
    json[name] = value;
    if (name == "squared_error") json["mse"] = value / static_cast<double>(width);
  }
  if (metrics.split == "train") {
    json["learning_rate"] = metrics.learning_rate;
    json["samples_per_second"] = metrics.samples_per_second;
    json["seconds"] = metrics.seconds;
  }
  return json;
}

MetricsLog::MetricsLog(std::filesystem::path path, int64_t epochs, Warn warn)
    : path_(std::move(path)), warn_(std::move(warn)) {
  truncate_log(path_, epochs, warn_);
  reopen();
}

MetricsLog::~MetricsLog() {
  if (file_ >= 0) ::close(file_);
}

Observer::Action MetricsLog::on_epoch(const Trainer& trainer, const EpochMetrics& metrics) {
  write(trainer, metrics.train);
  if (metrics.validation) write(trainer, *metrics.validation);
  return Action::go_on;
}

void MetricsLog::write(const Trainer& trainer, const SplitMetrics& metrics) {
  const std::string line =
      metrics_json(metrics, trainer.state(), trainer.splits().preprocessing.width()).dump() + "\n";
  const std::lock_guard lock(mutex_);
  pending_ += line;
  try {
    append();
    if (failed_) warn_(path_.string() + ": writing works again; no line is missing");
    failed_ = false;
  } catch (const Error& error) {
    if (!failed_)
      warn_(fmt::format("{}; lines are kept in memory and written later", error.what()));
    failed_ = true;
  }
}

void MetricsLog::sync() {
  int file = -1;
  {
    const std::lock_guard lock(mutex_);
    append();
    file = ::fcntl(file_, F_DUPFD_CLOEXEC, 0);
  }
  // Outside the lock, so that training does not wait for the disk.
  const int status = file < 0 ? -1 : ::fdatasync(file);
  const int error = errno;
  if (file >= 0) ::close(file);
  if (status != 0) throw cannot_be_written(path_, error);
}

void MetricsLog::append() {
  reopen();
  struct stat status{};
  if (::fstat(file_, &status) != 0) throw cannot_be_written(path_, errno);
  // Remove the part of a line that an earlier, failed write left.
  if (status.st_size > size_ && ::ftruncate(file_, size_) != 0) {
    throw cannot_be_written(path_, errno);
  }
  size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t n = ::write(file_, pending_.data() + done, pending_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw cannot_be_written(path_, errno);
    done += static_cast<size_t>(n);
  }
  size_ += static_cast<int64_t>(pending_.size());
  pending_.clear();
}

void MetricsLog::reopen() {
  struct stat here{};
  struct stat named{};
  const bool is_named = ::stat(path_.c_str(), &named) == 0;
  if (!is_named && errno != ENOENT) throw cannot_be_written(path_, errno);
  if (file_ >= 0 && is_named && ::fstat(file_, &here) == 0 && here.st_ino == named.st_ino &&
      here.st_dev == named.st_dev) {
    return;
  }
  // The file was removed: restore it from the open descriptor.
  if (file_ >= 0 && !is_named) write_text_atomically(path_, read_prefix(file_, size_));
  const int file = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (file < 0 || ::fstat(file, &here) != 0) throw cannot_be_written(path_, errno);
  if (file_ >= 0) ::close(file_);
  file_ = file;
  size_ = here.st_size;
}

}  // namespace ae
