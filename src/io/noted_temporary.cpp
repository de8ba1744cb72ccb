#include "io/noted_temporary.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <cstring>
#include <utility>

namespace ae {
namespace {

/// Static memory, as a signal handler must not allocate.
struct Slot {
  enum State : int { free, changing, noted };
  std::atomic<int> state{free};
  char path[PATH_MAX];
};

constexpr size_t kSlots = 256;
std::array<Slot, kSlots> slots;

}  // namespace

NotedTemporary::NotedTemporary(const std::filesystem::path& path) noexcept : slot_(0) {
  const size_t bytes = path.native().size() + 1;
  if (bytes > PATH_MAX) slot_ = kSlots;
  for (; slot_ < kSlots; ++slot_) {
    int expected = Slot::free;
    if (slots[slot_].state.compare_exchange_strong(expected, Slot::changing)) break;
  }
  if (slot_ == kSlots) return;
  std::memcpy(slots[slot_].path, path.c_str(), bytes);
  slots[slot_].state = Slot::noted;
}

NotedTemporary::NotedTemporary(NotedTemporary&& other) noexcept
    : slot_(std::exchange(other.slot_, kSlots)) {}

NotedTemporary& NotedTemporary::operator=(NotedTemporary&& other) noexcept {
  std::swap(slot_, other.slot_);
  return *this;
}

NotedTemporary::~NotedTemporary() {
  if (slot_ < kSlots) slots[slot_].state = Slot::free;
}

void remove_noted_temporaries() noexcept {
  for (const Slot& slot : slots) {
    if (slot.state == Slot::noted) ::unlink(slot.path);
  }
  // The folders are empty now.
  for (const Slot& slot : slots) {
    if (slot.state == Slot::noted) ::rmdir(slot.path);
  }
}

}  // namespace ae
