#pragma once

#include <cstdint>

namespace ae {

/// Counts what this program takes by malloc() and its kin, LibTorch's tensors included, from here
/// on. One at a time.
class AllocationPeak {
 public:
  AllocationPeak();
  /// The most bytes that were held at a time beyond those at the start.
  int64_t bytes() const;

  /// False where a sanitizer has the allocator: nothing is counted.
  static bool counts();

 private:
  int64_t start_;
};

}  // namespace ae
