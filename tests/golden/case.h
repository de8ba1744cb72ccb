#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "config/json.h"
#include "experiments.h"

namespace ae {

/// Reference values of one small network, computed by PyTorch in one element type: see
/// make_mlp_golden.py, make_conv_golden.py and make_model_golden.py for the formats.
class GoldenCase {
 public:
  GoldenCase(const std::string& file, const std::string& name, at::ScalarType type);

  /// The names of all cases in a file.
  static std::vector<std::string> names(const std::string& file);

  const Experiment& experiment() const { return experiment_; }
  at::ScalarType type() const { return type_; }
  /// A model with the case's parameters.
  std::shared_ptr<Autoencoder> model() const;
  /// The case's objective; its corruption gives the case's input.
  Objective objective() const;
  /// Noise for sampling the posterior.
  std::unique_ptr<Noise> noise() const;

  at::Tensor input() const { return matrix(case_.at("input")); }
  at::Tensor target() const { return matrix(case_.at("target")); }
  /// Labels of the rows; undefined if the model is not conditional. [B] int64
  at::Tensor labels() const { return integers("labels"); }
  /// Number of rows for which each latent was inactive before the first step; undefined without an
  /// auxiliary loss. [Z] int64
  at::Tensor rows_since_active() const { return integers("rows_since_active"); }
  int64_t dead_after_rows() const { return case_.value("dead_after_rows", int64_t{0}); }
  /// List of numbers, the same in all element types.
  const Json& exact(const char* name) const { return case_.at(name); }
  /// Reference values in this case's element type.
  const Json& figures() const { return *figures_; }
  bool has(const char* figure) const { return figures_->contains(figure); }
  at::Tensor figure(const char* name) const { return matrix(figures_->at(name)); }

 private:
  at::Tensor matrix(const Json& rows) const;
  at::Tensor integers(const char* name) const;
  InputInfo input_info() const;

  Json case_;
  const Json* figures_;
  at::ScalarType type_;
  Experiment experiment_;
};

/// Case and element type of a test.
struct TestedCase {
  std::string file;
  std::string name;
  at::ScalarType type;

  /// "vae_double"
  std::string text() const { return name + (type == at::kDouble ? "_double" : "_float"); }
};

void PrintTo(const TestedCase& tested, std::ostream* stream);

/// Parameters of a GoldenTest: every case of a file in float64, exact up to the order of summation,
/// and in float32.
std::vector<TestedCase> every_case(const std::string& file);
inline std::string case_name(const testing::TestParamInfo<TestedCase>& test) {
  return test.param.text();
}

/// A test of one case.
class GoldenTest : public testing::TestWithParam<TestedCase> {
 protected:
  GoldenCase golden_{GetParam().file, GetParam().name, GetParam().type};
  bool is_double_ = golden_.type() == at::kDouble;
};

/// Numbers of a JSON list as a flat tensor.
at::Tensor numbers(const Json& list, at::ScalarType type);

/// Parsed JSON file of tests/golden.
Json golden_file(const std::string& name);

/// Largest difference, relative for numbers above 1 and absolute for those below.
double largest_difference(const at::Tensor& a, const at::Tensor& b);

}  // namespace ae
