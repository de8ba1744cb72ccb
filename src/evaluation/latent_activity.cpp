#include "evaluation/latent_activity.h"

#include <algorithm>
#include <cmath>

namespace ae {

LatentActivity::LatentActivity(int64_t latents, int64_t kept) : kept_(static_cast<size_t>(kept)) {
  const auto count = static_cast<size_t>(latents);
  for (std::vector<double>* each : {&active_, &sum_, &magnitude_, &largest_}) each->resize(count);
  exciting_.resize(count * kept_);
  found_.resize(count);
}

void LatentActivity::add(const at::Tensor& codes, std::span<const int64_t> rows) {
  const at::Tensor values = codes.to(at::kCPU, at::kFloat).contiguous();
  const auto* value = values.const_data_ptr<float>();
  for (const int64_t row : rows) {
    double active = 0;
    for (size_t latent = 0; latent < active_.size(); ++latent, ++value) {
      if (*value == 0) continue;
      const double size = std::abs(static_cast<double>(*value));
      ++active;
      ++active_[latent];
      sum_[latent] += static_cast<double>(*value);
      magnitude_[latent] += size;
      largest_[latent] = std::max(largest_[latent], size);
      insert(latent, {row, static_cast<double>(*value)});
    }
    active_in_row_.push_back(active);
  }
}

void LatentActivity::insert(size_t latent, const ExcitingRow& row) {
  ExcitingRow* first = exciting_.data() + latent * kept_;
  size_t& found = found_[latent];
  const double size = std::abs(row.activation);
  if (found == kept_ && (found == 0 || size <= std::abs(first[found - 1].activation))) return;
  size_t place = found < kept_ ? found++ : found - 1;
  for (; place > 0 && std::abs(first[place - 1].activation) < size; --place) {
    first[place] = first[place - 1];
  }
  first[place] = row;
}

std::vector<double> LatentActivity::density() const {
  std::vector<double> out = active_;
  for (double& each : out) each /= static_cast<double>(active_in_row_.size());
  return out;
}

std::vector<double> LatentActivity::mean_when_active() const {
  std::vector<double> out = sum_;
  for (size_t i = 0; i < out.size(); ++i) out[i] /= std::max(1., active_[i]);
  return out;
}

std::vector<double> LatentActivity::mean_magnitude() const {
  std::vector<double> out = magnitude_;
  for (double& each : out) each /= static_cast<double>(active_in_row_.size());
  return out;
}

std::vector<LatentActivity::ExcitingRow> LatentActivity::exciting(int64_t latent) const {
  const auto at = static_cast<size_t>(latent);
  const auto first = exciting_.begin() + static_cast<std::ptrdiff_t>(at * kept_);
  return {first, first + static_cast<std::ptrdiff_t>(found_[at])};
}

std::vector<int64_t> spread_by_activity(const std::vector<double>& activity, int64_t count) {
  std::vector<int64_t> ranked;
  for (size_t i = 0; i < activity.size(); ++i) {
    if (activity[i] > 0) ranked.push_back(static_cast<int64_t>(i));
  }
  std::ranges::stable_sort(ranked, [&](int64_t a, int64_t b) {
    return activity[static_cast<size_t>(a)] > activity[static_cast<size_t>(b)];
  });
  const auto live = static_cast<int64_t>(ranked.size());
  std::vector<int64_t> out;
  for (int64_t i = 0; i < std::min(count, live); ++i) {
    out.push_back(ranked[static_cast<size_t>(i * live / std::min(count, live))]);
  }
  return out;
}

}  // namespace ae
