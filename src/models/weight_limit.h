#pragma once

#include <cstdint>
#include <string>

namespace ae {

/// What the layers that this thread makes while it lives may come to in all. A config may be a
/// stranger's: a model is refused before memory is taken for it.
class WeightLimit {
 public:
  /// By the memory that is free now.
  WeightLimit();
  /// By what a checkpoint holds: a layer beyond it is Error(data).
  /// @param source  the file, for the message
  WeightLimit(double weights, int64_t layers, std::string source);
  ~WeightLimit();
  WeightLimit(const WeightLimit&) = delete;
  WeightLimit& operator=(const WeightLimit&) = delete;

  /// To be called for each layer before its memory is taken.
  /// @param layer   "its layer from 2 to 3 values", for the message
  /// @param remedy  options to lower
  /// @throws Error(usage) where the layer, or all of them, would not fit into memory
  static void add(const std::string& layer, double weights, const char* remedy);

 private:
  void check_source(const std::string& layer) const;

  static thread_local WeightLimit* innermost_;

  WeightLimit* outer_ = innermost_;
  double free_bytes_;
  std::string source_;  // "" for the memory alone
  double max_weights_ = 0;
  int64_t max_layers_ = 0;
  double weights_ = 0;
  int64_t layers_ = 0;
};

}  // namespace ae
