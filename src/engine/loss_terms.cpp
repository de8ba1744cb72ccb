#include "engine/loss_terms.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace ae {

at::Tensor stacked(std::span<const LossTerm> terms) {
  std::vector<at::Tensor> values;
  values.reserve(terms.size());
  for (const LossTerm& term : terms) values.push_back(term.sum);
  return at::stack(values).to(at::kDouble);
}

std::vector<const char*> names_of(std::span<const LossTerm> terms) {
  std::vector<const char*> names;
  names.reserve(terms.size());
  for (const LossTerm& term : terms) names.push_back(term.name);
  return names;
}

void LossTerms::add(const std::vector<LossTerm>& terms, int64_t samples) {
  add(names_of(terms), stacked(terms), samples);
}

void LossTerms::add(std::span<const double> sums) {
  TORCH_INTERNAL_ASSERT(!gpu_sums_.defined());
  sums_.resize(names_.size());
  for (size_t i = 0; i < sums.size(); ++i) sums_[i] += sums[i];
}

void LossTerms::add(const at::Tensor& sums) {
  if (sums.is_cpu()) {
    return add(std::span(sums.const_data_ptr<double>(), static_cast<size_t>(sums.numel())));
  }
  if (gpu_sums_.defined()) {
    gpu_sums_.add_(sums);
  } else if (sums_.empty()) {
    gpu_sums_ = sums.clone();
  } else {  // restored
    gpu_sums_ = at::tensor(sums_, at::kDouble).to(sums.device()).add_(sums);
  }
}

void LossTerms::add(std::span<const char* const> names, const at::Tensor& sums, int64_t samples) {
  if (names_.empty()) names_.assign(names.begin(), names.end());
  add(sums);
  samples_ += samples;
}

void LossTerms::add(std::span<const char* const> names, std::span<const double> sums,
                    int64_t samples) {
  if (names_.empty()) names_.assign(names.begin(), names.end());
  add(sums);
  samples_ += samples;
}

void LossTerms::add(const LossTerms& other) {
  if (other.names_.empty()) return;
  if (names_.empty()) names_ = other.names_;
  if (other.gpu_sums_.defined()) {
    add(other.gpu_sums_);
  } else {
    add(std::span(other.sums_));
  }
  samples_ += other.samples_;
}

bool LossTerms::is_finite() const { return names_.empty() || std::isfinite(sums().front().second); }

void LossTerms::clear() { *this = {}; }

LossTerms::Means LossTerms::means() const {
  Means means = sums();
  for (auto& [name, value] : means) value /= static_cast<double>(samples_);
  return means;
}

std::vector<std::pair<std::string, double>> LossTerms::sums() const {
  const at::Tensor read = gpu_sums_.defined() ? gpu_sums_.cpu() : at::Tensor();
  const double* values = read.defined() ? read.const_data_ptr<double>() : sums_.data();
  std::vector<std::pair<std::string, double>> sums;
  for (size_t i = 0; i < names_.size(); ++i) sums.emplace_back(names_[i], values[i]);
  return sums;
}

void LossTerms::restore(const std::vector<std::pair<std::string, double>>& sums, int64_t samples) {
  clear();
  for (const auto& [name, sum] : sums) {
    names_.push_back(name);
    sums_.push_back(sum);
  }
  samples_ = samples;
}

std::optional<double> find_mean(const LossTerms::Means& means, std::string_view name) {
  const auto found = std::find_if(means.begin(), means.end(),
                                  [&](const auto& mean) { return mean.first == name; });
  if (found == means.end()) return std::nullopt;
  return found->second;
}

double mean_of(const LossTerms::Means& means, std::string_view name) {
  const std::optional<double> mean = find_mean(means, name);
  if (!mean) throw internal_error("no loss term is named {}", name);
  return *mean;
}

}  // namespace ae
