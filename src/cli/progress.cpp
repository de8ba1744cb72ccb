#include <spdlog/fmt/fmt.h>

#include "cli/progress.h"

#include <algorithm>
#include <cstdio>

#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"

namespace ae {
namespace {

constexpr double kSecondsBetweenLines = 0.5;
constexpr double kSecondsBetweenRefreshes = 0.2;
constexpr int kBarWidth = 20;

double epochs_done(const Trainer& trainer) {
  const TrainingState& state = trainer.state();
  return static_cast<double>(state.epoch) +
         static_cast<double>(state.rows_done) / static_cast<double>(trainer.splits().train.count());
}

std::string bar(double fraction) {
  const int full = static_cast<int>(fraction * kBarWidth);
  std::string text;
  for (int i = 0; i < kBarWidth; ++i) text += i < full ? "━" : "─";
  return text;
}

/// Loss and its terms, such as "105.62 (reconstruction 80.41, kl 25.21)".
std::string losses(const LossTerms::Means& means) {
  std::string parts;
  for (const auto& [name, mean] : means) {
    if (name == "loss") continue;
    parts += fmt::format("{}{} {:.5g}", parts.empty() ? "" : ", ", name, mean);
  }
  return fmt::format("{:.6g} ({})", mean_of(means, "loss"), parts);
}

/// Writes to stdout; errors are ignored, so that training continues if stdout is closed.
void show(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

void Progress::on_begin(const Trainer& trainer) {
  begin_seconds_ = monotonic_seconds();
  begin_epochs_ = epochs_done(trainer);
}

Observer::Action Progress::on_step(const Trainer& trainer) {
  const double now = coarse_monotonic_seconds();
  if (live_ && now - shown_seconds_ > kSecondsBetweenRefreshes) {
    show("\r\x1b[K" + line_of(trainer, /*with_bar=*/true));
    line_shown_ = true;
    shown_seconds_ = now;
  } else if (!live_ && now - std::max(logged_seconds_, begin_seconds_) > seconds_between_lines_) {
    spdlog::info("{}", line_of(trainer, /*with_bar=*/false));
    logged_seconds_ = now;
  }
  return Action::go_on;
}

std::string Progress::line_of(const Trainer& trainer, bool with_bar) const {
  const TrainingState& state = trainer.state();
  const int64_t epochs = trainer.experiment().training.epochs;
  const double elapsed = monotonic_seconds() - begin_seconds_;
  const double done = epochs_done(trainer);
  // After a rollback to before the beginning, the time left is unknown.
  const double advanced = done - begin_epochs_;
  const double left = elapsed / advanced * (static_cast<double>(epochs) - done);
  const double seconds = trainer.epoch_seconds();
  const double rate = seconds > 0 ? static_cast<double>(state.rows_done) / seconds : 0;
  const double within = done - static_cast<double>(state.epoch);
  return fmt::format("{}epoch {}/{}{}  loss {:.6g}  {} rows/s{}",
                     with_bar ? bar(done / static_cast<double>(epochs)) + " " : "", state.epoch + 1,
                     epochs, with_bar ? "" : fmt::format(", {:.0f} %", 100 * within),
                     mean_of(trainer.running_means(), "loss"), grouped(static_cast<int64_t>(rate)),
                     advanced > 0 ? "  " + duration_text(left) + " left" : "");
}

void Progress::clear_line() {
  show(line_shown_ ? "\r\x1b[K" : "");
  line_shown_ = false;
}

Observer::Action Progress::on_epoch(const Trainer& trainer, const EpochMetrics& metrics) {
  const TrainingState& state = trainer.state();
  const int64_t epochs = trainer.experiment().training.epochs;
  const double now = monotonic_seconds();
  const bool last = state.epoch == epochs;
  if (!last && state.epoch > 1 && now - logged_seconds_ < kSecondsBetweenLines) {
    return Action::go_on;
  }
  clear_line();
  logged_seconds_ = now;
  std::string line =
      fmt::format("epoch {}/{}  loss {}", state.epoch, epochs, losses(metrics.train.means));
  if (metrics.validation) line += "  validation " + losses(metrics.validation->means);
  spdlog::info("{}{}  {} rows/s", line, state.best.epoch == state.epoch ? "  best" : "",
               grouped(static_cast<int64_t>(metrics.train.samples_per_second)));
  return Action::go_on;
}

void Progress::warn(const std::string& text) {
  clear_line();
  spdlog::warn("{}", text);
}

void Progress::on_end(const Trainer& /*trainer*/) { clear_line(); }

void RowProgress::operator()(const std::string& what, int64_t done, int64_t rows) {
  constexpr double kSecondsBetween = 5;
  const double now = monotonic_seconds();
  if (what != what_) {
    what_ = what;
    begin_seconds_ = logged_seconds_ = now;
  }
  if (now - logged_seconds_ < kSecondsBetween) return;
  logged_seconds_ = now;
  const double left = (now - begin_seconds_) * static_cast<double>(rows - done) /
                      static_cast<double>(std::max<int64_t>(1, done));
  spdlog::info("{}: {} of {} rows, {} left", what, grouped(done), grouped(rows),
               duration_text(left));
}

}  // namespace ae
