#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/json.h"
#include "data/options.h"
#include "io/formats/rows.h"

namespace ae {

/// x' = (x - offset) / divisor, and back.
struct Scaling {
  double offset = 0;
  double divisor = 1;

  float forward(float x) const {
    return (x - static_cast<float>(offset)) / static_cast<float>(divisor);
  }
  bool is_identity() const { return offset == 0 && divisor == 1; }
};

/// True where float32 can hold offset and divisor, and the divisor is above 0.
bool is_usable(const Scaling& scaling);

/// What `data.scale` comes to for data of an element type: "auto" divides uint8 by 255.
Scaling resolve(const ScaleOption& option, DType dtype);

/// Labels up to which rows can be told apart by them.
inline constexpr int64_t kMaxClasses = 65536;

/// What turns a file's rows into the model's input. Found on the training data, kept with the
/// model, and applied to whatever it is given later.
struct Preprocessing {
  Scaling scaling;
  DType dtype = DType::float32;          ///< of the training data
  std::vector<int64_t> shape;            ///< of one row
  std::vector<std::string> columns;      ///< of the training data, where it had names
  Header header = Header::automatic;     ///< of the training file, where it is a text table
  std::vector<std::string> label_names;  ///< what label values stand for, where they were texts
  int64_t classes = 0;  ///< labels of the training rows are in [0, classes); 0 where they are not
                        ///< such numbers, or there are none

  int64_t width() const;
  /// The label that a text stands for: one of label_names, or a number; nothing for one that the
  /// training rows cannot have had.
  std::optional<int64_t> label_of(const std::string& text) const;
  /// The same of labels that were read from a file: true where it is one that rows can have.
  bool has_class(int64_t label) const { return label >= 0 && label < classes; }
  /// The labels that the training rows had, for messages: "from 0 to 9", "cat, dog".
  std::string labels_text() const;
  Json to_json() const;
  /// @throws Error(data) naming `source` where a field is missing or of another type
  static Preprocessing from_json(const Json& json, const std::string& source);
};

}  // namespace ae
