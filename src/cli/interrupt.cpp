#include "cli/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "io/noted_temporary.h"

namespace ae {
namespace {

std::atomic<bool> saving{false};
std::atomic<int> received{0};

void note_signal(int number) {
  // The system repeats SIGXCPU each second.
  if (received == SIGXCPU && number == SIGXCPU) return;
  if (!saving || received != 0) {
    remove_noted_temporaries();
    ::_exit(128 + number);
  }
  received = number;
}

}  // namespace

StopOnSignal::StopOnSignal() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    const auto before = std::signal(number, note_signal);
    // Under nohup, SIGHUP stays ignored.
    if (number == SIGHUP && before == SIG_IGN) std::signal(number, SIG_IGN);
  }
}

void StopOnSignal::begin_saving() { saving = true; }

int StopOnSignal::signal() { return received; }

Observer::Action StopOnSignal::on_step(const Trainer& /*trainer*/) {
  return received != 0 ? Action::stop : Action::go_on;
}

Observer::Action StopOnSignal::on_epoch(const Trainer& trainer, const EpochMetrics& /*metrics*/) {
  return on_step(trainer);
}

}  // namespace ae
