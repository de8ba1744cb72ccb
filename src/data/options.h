#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/option_visitor.h"
#include "data/dialect_options.h"
#include "data/missing.h"
#include "data/step.h"
#include "data/target.h"
#include "data/where.h"
#include "io/formats/rows.h"

namespace ae {

/// A file of rows, with its labels.
struct SourceOptions {
  std::string path;
  std::string labels;  ///< a file of labels, or the column of a CSV file
  std::vector<std::string> further_labels;
  std::vector<std::string> columns;  ///< data columns; empty for all others
  std::vector<std::string> ids;      ///< columns that are carried to outputs
  std::vector<std::string> exclude;
  std::string header = "auto";
  Where where;
  Target target;

  void visit(OptionVisitor& visitor);
  /// The source of the targets, if they are given.
  std::optional<SourceOptions> target_source() const;
};

/// Names of the values of Header: "auto", "present", "absent".
std::span<const std::string> header_names();
/// The value of Header with this name. @param name  one of header_names()
Header header_of(const std::string& name);

/// Source of validation or test rows: some of the training file's rows, or a separate file.
struct HeldOutOptions {
  std::optional<double> fraction;
  std::optional<int64_t> last;
  std::string rows;       ///< file of row numbers
  bool stratify = false;  ///< fraction: of each label
  std::string group;      ///< fraction: column, of which a value's rows stay together
  std::string path;
  std::string labels;
  std::vector<std::string> further_labels;
  std::vector<std::string> exclude;
  std::string header = "auto";
  Where where;
  Target target;

  void visit(OptionVisitor& visitor);
  /// The separate file, if that is the choice.
  std::optional<SourceOptions> source() const;
  /// @param name  "data.validation"  @throws Error(usage) unless there is one source
  void check(const std::string& config, const std::string& name) const;
};

/// The option `data.scale`; resolve() in data/preprocessing.h converts it to a Scaling.
struct ScaleOption {
  enum class Kind { automatic, none, divisor, range };
  Kind kind = Kind::automatic;
  double low = 0;   ///< range: value that is mapped to 0
  double high = 1;  ///< range: value that is mapped to 1; divisor: the divisor

  void declare(OptionVisitor& visitor, const char* name);
};

struct DataOptions {
  SourceOptions train;
  std::optional<HeldOutOptions> validation;
  std::optional<HeldOutOptions> test;
  std::string split_column;  ///< names the split of each row
  std::optional<int64_t> split_seed;
  ScaleOption scale;
  std::optional<std::vector<StepPart>> preprocessing;  ///< none: by the kind of data
  MissingPart missing;
  DialectOptions dialect;
  std::map<std::string, ColumnType> types;  ///< by name, number or pattern
  std::vector<int64_t> shape;               ///< of one row; empty for the file's shape
  std::string layout = "auto";

  void visit(OptionVisitor& visitor);
  /// @throws Error(usage) if options contradict each other
  void check(const std::string& config) const;

 private:
  void declare_types(OptionVisitor& visitor);
};

}  // namespace ae
