#pragma once

#include <cstdint>
#include <string>

namespace ae {

/// Limit, for its lifetime, on the total size of the layers that this thread creates: an oversized
/// model is refused before its memory is allocated, as a config may come from an untrusted source.
class WeightLimit {
 public:
  /// Limits by the memory that is free now.
  WeightLimit();
  /// Limits also by the size of a checkpoint; a layer beyond it throws Error(data).
  /// @param source  the file, for the message
  WeightLimit(double weights, int64_t layers, std::string source);
  ~WeightLimit();
  WeightLimit(const WeightLimit&) = delete;
  WeightLimit& operator=(const WeightLimit&) = delete;

  /// Must be called for each layer before its memory is allocated.
  /// @param layer   "its layer from 2 to 3 values", for the message
  /// @param remedy  options to lower
  /// @throws Error(usage) if the layer, or all layers together, do not fit into memory
  static void add(const std::string& layer, double weights, const char* remedy);

 private:
  void check_source(const std::string& layer) const;

  static thread_local WeightLimit* innermost_;

  WeightLimit* outer_ = innermost_;
  double free_bytes_;
  std::string source_;  // empty if only memory limits
  double max_weights_ = 0;
  int64_t max_layers_ = 0;
  double weights_ = 0;
  int64_t layers_ = 0;
};

}  // namespace ae
