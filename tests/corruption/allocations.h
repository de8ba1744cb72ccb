#pragma once

#include <cstdint>

namespace ae {

/// Measures the peak of memory allocated by malloc() and its variants in this process, including
/// LibTorch's tensors, from its construction. One object at a time.
class AllocationPeak {
 public:
  AllocationPeak();
  /// Peak in bytes, relative to the start.
  int64_t bytes() const;

  /// False if a sanitizer replaces the allocator, so that nothing is counted.
  static bool counts();

 private:
  int64_t start_;
};

}  // namespace ae
