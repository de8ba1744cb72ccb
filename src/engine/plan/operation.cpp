#include "engine/plan/operation.h"

#include <algorithm>

namespace ae::plan {

std::vector<WeightShare> shares_of(const FlatParameters::Slice& weight, int64_t lines,
                                   int64_t length, const FlatParameters::Slice& bias) {
  constexpr int64_t kWeights = 1 << 16;
  const int64_t at_once = std::max<int64_t>(kWeights / length, 1);
  std::vector<WeightShare> shares;
  for (int64_t first = 0; first < lines; first += at_once) {
    const int64_t count = std::min(at_once, lines - first);
    shares.push_back(
        {{weight.offset + first * length, count * length}, /*is_bias=*/false, first, count});
  }
  shares.push_back({{bias.offset, bias.count}, /*is_bias=*/true, 0, bias.count});
  return shares;
}

}  // namespace ae::plan
