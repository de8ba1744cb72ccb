#include "evaluation/dictionary_match.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <set>

#include "evaluation/assignment.h"

namespace ae {
namespace {

at::Tensor unit_rows(const at::Tensor& rows) {
  constexpr double kLeastLength = 1e-8;  // SAELens'
  const at::Tensor wide = rows.to(at::kDouble);
  return wide / wide.square().sum(1, /*keepdim=*/true).sqrt().clamp_min(kLeastLength);
}

}  // namespace

at::Tensor absolute_cosines(const at::Tensor& atoms, const at::Tensor& directions) {
  return unit_rows(atoms).mm(unit_rows(directions).t()).abs();
}

DictionaryMatch dictionary_match(const at::Tensor& cosines) {
  const Assignment matching = best_assignment(1 - cosines);
  const auto pairs = static_cast<double>(std::min(cosines.size(0), cosines.size(1)));
  const at::Tensor best = cosines.argmax(1).contiguous();
  const std::set<int64_t> distinct(best.const_data_ptr<int64_t>(),
                                   best.const_data_ptr<int64_t>() + best.numel());
  return {
      .atoms = cosines.size(0),
      .directions = cosines.size(1),
      .mean_correlation = 1 - matching.cost / pairs,
      .uniqueness = static_cast<double>(distinct.size()) / static_cast<double>(cosines.size(0))};
}

}  // namespace ae
