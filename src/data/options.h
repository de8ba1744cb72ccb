#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/option_visitor.h"
#include "io/formats/rows.h"

namespace ae {

/// A file of rows, and what belongs to it.
struct SourceOptions {
  std::string path;
  std::string labels;  ///< a file of labels, or the column of a CSV file
  std::vector<std::string> exclude;
  std::string header = "auto";

  void visit(OptionVisitor& visitor);
};

/// The names of the values of Header: "auto", "present", "absent".
std::span<const std::string> header_names();
/// @param name  one of header_names()
Header header_of(const std::string& name);

/// Where the validation rows come from: a share of the training rows, the last of them, or a
/// source of their own.
struct ValidationOptions {
  std::optional<double> fraction;
  std::optional<int64_t> last;
  std::string path;
  std::string labels;
  std::vector<std::string> exclude;
  std::string header = "auto";

  void visit(OptionVisitor& visitor);
  /// The source of their own, if that is what is asked for.
  std::optional<SourceOptions> source() const;
};

/// What `data.scale` says. See resolve() in data/preprocessing.h for what it comes to.
struct ScaleOption {
  enum class Kind { automatic, none, divisor, range };
  Kind kind = Kind::automatic;
  double low = 0;   ///< range: the input value that becomes 0
  double high = 1;  ///< range: the input value that becomes 1; divisor: what to divide by

  void declare(OptionVisitor& visitor, const char* name);
};

struct DataOptions {
  SourceOptions train;
  std::optional<ValidationOptions> validation;
  std::optional<SourceOptions> test;
  ScaleOption scale;
  std::vector<int64_t> shape;  ///< of one row, where the file's own is not the one meant

  void visit(OptionVisitor& visitor);
  /// @throws Error(usage) where options contradict each other
  void check(const std::string& config) const;
};

}  // namespace ae
