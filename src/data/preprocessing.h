#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/json.h"
#include "data/dataset.h"
#include "data/features.h"
#include "data/options.h"
#include "data/scaling.h"
#include "data/training_range.h"
#include "io/formats/rows.h"

namespace ae {

/// Scaling that `data.scale` means: "auto" divides bytes by 255. @param bytes  RowInfo::bytes
Scaling resolve(const ScaleOption& option, bool bytes);

/// Maximum number of classes; labels beyond are not class indices.
inline constexpr int64_t kMaxClasses = 65536;

/// Preprocessing of a file's rows to the model's input. Determined from the training data, stored
/// with the model, and applied to all later data.
struct Preprocessing {
  Scaling scaling;                           ///< of the model's features when they are gathered
  std::shared_ptr<const Features> features;  ///< what makes the model's features of a file's rows;
                                             ///< null if these are the features
  DType dtype = DType::float32;              ///< of the training data
  std::vector<int64_t> shape;                ///< of one row: {D}, {C, L} or {C, H, W}
  std::vector<int64_t> file_shape;       ///< of one row in the training file; empty if an earlier
                                         ///< version did not record it
  bool channels_last = false;            ///< file_shape is [L, C] or [H, W, C]
  double reading_offset = 0;             ///< subtracted from values before they are narrowed to
                                         ///< float32; `scaling` is of the differences
  TrainingRange range;                   ///< of the training rows
  std::vector<std::string> columns;      ///< data columns of the file, if it has column names
  std::vector<int64_t> column_numbers;   ///< of the training data, from 1, if its columns have no
                                         ///< names
  Header header = Header::automatic;     ///< of the training file, if it is a text table
  DialectOptions dialect;                ///< of the training file, if it is a text table
  std::vector<std::string> label_names;  ///< texts of the label values, if labels are text
  std::shared_ptr<const Preprocessing> target;  ///< of what the model reconstructs; null if that is
                                                ///< the rows
  int64_t classes = 0;  ///< number of classes: labels of the training rows are in [0, classes); 0
                        ///< if there are no labels, or they are not class indices

  /// Preprocessing of the decoder's output.
  const Preprocessing& output() const { return target ? *target : *this; }
  /// Number of the model's features.
  int64_t width() const;
  /// Number of values of a row in the file.
  int64_t file_width() const { return features ? features->columns() : width(); }
  /// Names of the model's features, if they have some.
  const std::vector<std::string>& feature_names() const;
  /// Shape of a row in outputs: the file's, or that given to flat rows by data.shape.
  std::vector<int64_t> output_shape() const;
  /// How later files are read: as the training file.
  FileReading reading() const;
  /// Rows as the file had them: undoes scaling, offset, features and the order of axes.
  /// @param rows  [B, D] scaled, in the model's order
  /// @return      [B, file_width()]; float64 if float32 cannot hold the data
  at::Tensor restored(const at::Tensor& rows) const;
  /// True if restored() is float64.
  bool restores_wide() const { return reading_offset != 0 || features != nullptr; }
  /// Parses a label: one of label_names, or a number; nullopt for a class that the training rows do
  /// not have.
  std::optional<int64_t> label_of(const std::string& text) const;
  /// True if the label is a class of the training rows.
  bool has_class(int64_t label) const { return label >= 0 && label < classes; }
  /// Labels of the training rows, for messages: "from 0 to 9", "cat, dog".
  std::string labels_text() const;
  Json to_json() const;
  /// @throws Error(data), naming `source`, if a field is missing or invalid
  static Preprocessing from_json(const Json& json, const std::string& source);
};

}  // namespace ae
