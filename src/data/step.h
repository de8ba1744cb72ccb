#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/json.h"
#include "config/part.h"

namespace ae {

/// A fitted step of preprocessing: a function of the rows' numbers, in double. NaN is a gap, which
/// stays one.
class Step {
 public:
  virtual ~Step() = default;
  /// [n, D] float64 → [n, D'] float64
  virtual at::Tensor forward(const at::Tensor& rows) const = 0;
  /// Undoes forward(), but for what it discarded. [n, D'] → [n, D]
  virtual at::Tensor inverse(const at::Tensor& rows) const = 0;
  /// Fitted parameters, for the checkpoint.
  virtual Json state() const { return Json::object(); }
  /// Names of the D' outputs. @param names  of the D inputs
  virtual std::vector<std::string> names(const std::vector<std::string>& names) const {
    return names;
  }
  /// True if forward() gives probabilities of 1, from which each row's zeros and ones are drawn
  /// when it is used.
  virtual bool is_drawn() const { return false; }
  /// Finding of the fit for the log, one line; empty for none.
  virtual std::string note(const std::vector<std::string>& /*names*/) const { return {}; }
};

/// Rows that a step is fitted to.
struct StepRows {
  at::Tensor rows;                 ///< [N, D] float64, NaN at gaps
  std::vector<std::string> names;  ///< D names, for messages
  std::string file;                ///< for messages
};

/// Options of a step, from the config.
class StepSpec {
 public:
  virtual ~StepSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// @throws Error(data) if the step does not suit these rows
  virtual std::unique_ptr<Step> fit(const StepRows& rows) const = 0;
  /// @param state  Step::state() of a step for rows of `width` numbers
  /// @throws any exception, if the state is malformed
  virtual std::unique_ptr<Step> restore(const Json& state, int64_t width) const = 0;
  /// True if a row's inputs cannot be computed from its outputs, apart from single values that are
  /// rounded or clipped.
  virtual bool discards_scale() const { return false; }
  /// True if it must be the last step, of all columns.
  virtual bool is_last() const { return false; }
  /// True if output i is a function of input i alone.
  virtual bool is_elementwise() const { return true; }

  static std::span<const PartEntry<StepSpec>> table();
};

/// A step, and the columns that it is applied to.
class StepPart : public Part<StepSpec> {
 public:
  StepPart() : Part("standardize") {}
  void visit_shared(const std::string& type, OptionVisitor& visitor) override;

  std::vector<std::string> columns;  ///< names, numbers from 1, or patterns; empty for all
};

/// Fits a step, to its columns only where it names some.
/// @throws Error(data)
std::unique_ptr<Step> fit_step(const StepPart& part, const StepRows& rows);
std::unique_ptr<Step> restore_step(const StepPart& part, const Json& state, int64_t width);

/// Quantile of values in ascending order, between neighbours linearly. @param q  in [0, 1]
double quantile_of(std::span<const double> sorted, double q);

/// A row of numbers as a tensor, and back.
at::Tensor double_tensor(const std::vector<double>& values);
std::vector<double> double_vector(const at::Tensor& values);
/// Reads `size` finite numbers. @throws any exception, if they are not
at::Tensor read_doubles(const Json& json, int64_t size);

}  // namespace ae
