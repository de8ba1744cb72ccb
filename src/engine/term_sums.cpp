#include "engine/term_sums.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <cmath>

namespace ae {

at::Tensor stacked(std::span<const Term> terms) {
  std::vector<at::Tensor> values;
  values.reserve(terms.size());
  for (const Term& term : terms) values.push_back(term.sum);
  return at::stack(values).to(at::kDouble);
}

std::vector<const char*> names_of(std::span<const Term> terms) {
  std::vector<const char*> names;
  names.reserve(terms.size());
  for (const Term& term : terms) names.push_back(term.name);
  return names;
}

void TermSums::add(const std::vector<Term>& terms, int64_t samples) {
  add(names_of(terms), stacked(terms), samples);
}

void TermSums::add(std::span<const char* const> names, const at::Tensor& sums, int64_t samples) {
  if (names_.empty()) names_.assign(names.begin(), names.end());
  sums_ = sums_.defined() ? sums_.to(sums.device()).add_(sums) : sums.clone();
  samples_ += samples;
}

void TermSums::add(std::span<const char* const> names, std::span<const double> sums,
                   int64_t samples) {
  if (names_.empty()) names_.assign(names.begin(), names.end());
  if (!sums_.defined()) sums_ = at::zeros({static_cast<int64_t>(sums.size())}, at::kDouble);
  auto* to = sums_.mutable_data_ptr<double>();
  for (size_t i = 0; i < sums.size(); ++i) to[i] += sums[i];
  samples_ += samples;
}

void TermSums::add(const TermSums& other) {
  if (!other.sums_.defined()) return;
  if (names_.empty()) names_ = other.names_;
  sums_ = sums_.defined() ? sums_.to(other.sums_.device()).add_(other.sums_) : other.sums_.clone();
  samples_ += other.samples_;
}

bool TermSums::is_finite() const {
  return !sums_.defined() || std::isfinite(sums_[0].item<double>());
}

void TermSums::clear() { *this = {}; }

TermSums::Means TermSums::means() const {
  Means means = sums();
  for (auto& [name, value] : means) value /= static_cast<double>(samples_);
  return means;
}

std::vector<std::pair<std::string, double>> TermSums::sums() const {
  std::vector<std::pair<std::string, double>> sums;
  if (!sums_.defined()) return sums;
  const at::Tensor read = sums_.cpu();
  for (size_t i = 0; i < names_.size(); ++i) {
    sums.emplace_back(names_[i], read.const_data_ptr<double>()[i]);
  }
  return sums;
}

void TermSums::restore(const std::vector<std::pair<std::string, double>>& sums, int64_t samples) {
  clear();
  if (sums.empty()) return;
  sums_ = at::empty({static_cast<int64_t>(sums.size())}, at::kDouble);
  for (size_t i = 0; i < sums.size(); ++i) {
    names_.push_back(sums[i].first);
    sums_.mutable_data_ptr<double>()[i] = sums[i].second;
  }
  samples_ = samples;
}

}  // namespace ae
