#include "data/options.h"

#include <algorithm>

#include "core/error.h"
#include "core/sizes.h"
#include "core/text.h"
#include "data/layout.h"

namespace ae {
namespace {

constexpr const char* kPathHelp =
    "File of rows: IDX, CSV or .npy, also gzip-compressed; the format is detected from the "
    "content. A relative path is looked up in --data-root, in AE_DATA_ROOT, in the config's own "
    "folder, in the working directory, then in data/.";
constexpr const char* kLabelsHelp =
    "Labels of the rows: a column of the CSV file, by its name or its number from 1, or a separate "
    "file (IDX, .npy, CSV). They are saved beside the codes, and trained on only if "
    "model.conditional is true. Of a list, the first is the label, and the others are saved and "
    "evaluated too.";
constexpr const char* kExcludeHelp =
    "Columns of a CSV file to leave out, such as ids and text, by their names or their numbers "
    "from 1.";

constexpr const char* kWhereHelp =
    "Which rows of the file are used, such as {\"species\": \"Adelie\"}, {\"label\": 0} (of labels "
    "in a file of their own), {\"site\": [\"a\", \"b\"]}, {\"site\": {\"not\": \"c\"}}, "
    "{\"age\": {\"min\": 18, \"max\": 65}}; of several all must hold.";
constexpr const char* kHeaderHelp =
    "Header of a CSV file: \"present\" if its first line names the columns, \"absent\" if it is a "
    "row, \"auto\" to detect it from the content (a line of numbers is a row). For validation, "
    "test "
    "and later files, \"auto\" means as in the training file.";

Json scale_json(const ScaleOption& scale) {
  switch (scale.kind) {
    case ScaleOption::Kind::automatic:
      return "auto";
    case ScaleOption::Kind::none:
      return "none";
    case ScaleOption::Kind::divisor:
      return scale.high;
    case ScaleOption::Kind::range:
      return Json::array({scale.low, scale.high});
  }
  return nullptr;
}

bool read_scale(const Json& json, ScaleOption& scale) {
  using Kind = ScaleOption::Kind;
  if (json == "auto" || json == "none") {
    scale = {.kind = json == "auto" ? Kind::automatic : Kind::none};
    return true;
  }
  if (json.is_number()) {
    scale = {.kind = Kind::divisor, .high = json.get<double>()};
    return scale.high > 0;
  }
  if (!json.is_array() || json.size() != 2 || !json[0].is_number() || !json[1].is_number()) {
    return false;
  }
  scale = {.kind = Kind::range, .low = json[0].get<double>(), .high = json[1].get<double>()};
  return scale.low < scale.high;
}

}  // namespace

std::span<const std::string> header_names() {
  static const std::vector<std::string> kNames = {"auto", "present", "absent"};
  return kNames;
}

Header header_of(const std::string& name) {
  return name == "present"  ? Header::present
         : name == "absent" ? Header::absent
                            : Header::automatic;
}

void SourceOptions::visit(OptionVisitor& visitor) {
  visitor.resumable().required("path", path, kPathHelp);
  visitor.column("labels", labels, further_labels, kLabelsHelp);
  visitor.columns("columns", columns,
                  "Data columns of a CSV file, in this order, by names, numbers from 1 or patterns "
                  "(\"sensor_*\"); empty for all that are nothing else.");
  visitor.columns("ids", ids,
                  "Columns of a CSV file that name a row, such as a number or a date, and are no "
                  "data.");
  visitor.columns("exclude", exclude, kExcludeHelp);
  visitor.choice("header", header, header_names(), kHeaderHelp);
  where.declare(visitor, "where", kWhereHelp);
  target.declare(visitor, "target",
                 "Reconstruction target in place of the rows: a file with a row for each, such "
                 "as clean images for noisy ones, or columns of the CSV file, which are then no "
                 "input. It may have another width, and is preprocessed by itself.");
}

std::optional<SourceOptions> SourceOptions::target_source() const {
  if (!target.is_given()) return std::nullopt;
  SourceOptions source;
  source.path = target.path.empty() ? path : target.path;
  source.columns = target.columns;
  if (target.path.empty()) source.header = header;
  return source;
}

void HeldOutOptions::visit(OptionVisitor& visitor) {
  visitor.option("fraction", fraction, strictly_between(0, 1),
                 "Fraction of the training file's rows to hold out, chosen at random from "
                 "data.split_seed.");
  visitor.option("stratify", stratify,
                 "With fraction: the same fraction of the rows of each label.");
  visitor.column(
      "group", group,
      "With fraction: a column of the CSV file, such as a patient's number, of which all "
      "rows with the same value are held out or none.");
  visitor.option("last", last, at_least(1),
                 "Number of rows to hold out from the end of the training file.");
  visitor.option("rows", rows,
                 "File of the numbers, from 0, of the training file's rows to hold out (.npy or "
                 "CSV).");
  visitor.resumable().option("path", path, "File of rows, instead of rows of the training file.");
  visitor.column("labels", labels, further_labels, kLabelsHelp);
  visitor.columns("exclude", exclude, kExcludeHelp);
  visitor.choice("header", header, header_names(), kHeaderHelp);
  where.declare(visitor, "where", kWhereHelp);
  target.declare(visitor, "target",
                 "With path: the file of the rows' targets, where data.train.target is a file.");
  const auto given = [](const char* name, const Json& schema) {
    return Json{{"required", {name}}, {"properties", {{name, schema}}}};
  };
  const Json number = {{"type", "number"}};
  const Json text = {{"type", "string"}, {"minLength", 1}};
  visitor.condition({{"oneOf",
                      {given("fraction", number), given("last", number), given("rows", text),
                       given("path", text)}}});
}

std::optional<SourceOptions> HeldOutOptions::source() const {
  if (path.empty()) return std::nullopt;
  return SourceOptions{.path = path,
                       .labels = labels,
                       .further_labels = further_labels,
                       .columns = {},
                       .ids = {},
                       .exclude = exclude,
                       .header = header,
                       .where = where,
                       .target = target};
}

void HeldOutOptions::check(const std::string& config, const std::string& name) const {
  const int given =
      (fraction ? 1 : 0) + (last ? 1 : 0) + (rows.empty() ? 0 : 1) + (path.empty() ? 0 : 1);
  if (given != 1) {
    throw usage_error("{}: {} needs exactly one of fraction, last, rows and path; got {}", config,
                      name, given == 0 ? "none" : "several");
  }
  if (path.empty() && (!labels.empty() || !exclude.empty() || header != "auto" ||
                       !where.is_empty() || target.is_given())) {
    throw usage_error(
        "{}: {}.labels, .exclude, .header, .where and .target need {}.path; rows held out of the "
        "training "
        "file keep its labels",
        config, name, name);
  }
  if (!fraction && (stratify || !group.empty())) {
    throw usage_error("{}: {}.{} needs {}.fraction", config, name, stratify ? "stratify" : "group",
                      name);
  }
  if (stratify && !group.empty()) {
    throw usage_error("{}: {} has stratify and group; expected one of them", config, name);
  }
}

void ScaleOption::declare(OptionVisitor& visitor, const char* name) {
  Json schema = {{"anyOf", Json::array({{{"enum", {"auto", "none"}}},
                                        {{"type", "number"}, {"exclusiveMinimum", 0}},
                                        {{"type", "array"},
                                         {"items", {{"type", "number"}}},
                                         {"minItems", 2},
                                         {"maxItems", 2}}})}};
  visitor.leaf({name,
                "Scaling of the input values: \"auto\" divides uint8 data by 255 and leaves other "
                "types unchanged; a number is a divisor; [min, max] is mapped to [0, 1]. Stored "
                "with the model and undone in outputs.",
                {"\"auto\", \"none\", a number above 0, or [min, max] with min below max", schema},
                false,
                scale_json(*this),
                [this](const Json& json) { return read_scale(json, *this); }});
}

void DataOptions::visit(OptionVisitor& visitor) {
  visitor.group("train", train, "Training data.");
  visitor.group(
      "validation", validation,
      "Validation data, whose loss selects the best checkpoint: {\"fraction\": 0.1}, "
      "{\"last\": 400}, {\"rows\": \"validation.npy\"}, or a separate file. Without it, the "
      "training loss is used.");
  visitor.group("test", test,
                "Test data, evaluated once, at the end: as validation, which does not overlap it.");
  visitor.column("split_column", split_column,
                 "Column of the CSV file that names the split of each row: train, validation (val, "
                 "valid, dev) or test; instead of validation and test.");
  visitor.option("split_seed", split_seed, between(0, 9007199254740992.0),
                 "Seed of the rows that are held out at random, apart from seed, so that runs of "
                 "several seeds have the same rows; null for 1, or on --resume for the run's.");
  scale.declare(visitor, "scale");
  visitor.list("preprocessing", preprocessing, StepPart(),
               "a table of named columns, unless scale is given or the reconstruction is of a "
               "likelihood or output activation with bounds, is standardised (drop_constant, "
               "standardize)",
               "Steps that make the model's input of the numeric values, in their order, each "
               "fitted to the training rows only, stored with the model and undone in outputs. "
               "[] for none. They follow scale.");
  visitor.part("missing", missing, "Treatment of missing values: an error, imputation, or a mask.");
  declare_types(visitor);
  visitor.group("dialect", dialect,
                "How CSV files are written. What is \"auto\" is detected in each file, and said.");
  visitor.option("shape", shape, between(1, 1 << 24),
                 "Shape of one row, such as [1, 28, 28] (channels first, unless layout says "
                 "otherwise) for images stored as flat rows; empty for the file's shape.");
  visitor.choice("layout", layout, layout_names(),
                 "Axes of a row in the file: channels_first ([C, L] or [C, H, W]), channels_last "
                 "([L, C] or [H, W, C]), signal ([C, L]), image ([H, W]). auto: two axes are an "
                 "image if the values are bytes or the axes equal; of three axes the last holds "
                 "the channels if it is 1, 3 or 4 and shorter than the first. Stored with the "
                 "model; outputs have the file's axes.");
}

void DataOptions::declare_types(OptionVisitor& visitor) {
  Json value = Json::object();
  for (const auto& [column, type] : types) {
    value[column] = column_type_names()[static_cast<size_t>(type)];
  }
  const std::vector<std::string> names(column_type_names().begin(), column_type_names().end());
  const Json schema = {{"type", "object"}, {"additionalProperties", {{"enum", names}}}};
  visitor.leaf(
      {"types",
       "Types of columns of a CSV file, by name, number from 1 or pattern, such as "
       "{\"year\": \"categorical\"}. Other columns are numeric, boolean (true and false) or "
       "categorical (text) by their cells.",
       {"an object of columns with \"numeric\", \"boolean\" or \"categorical\"", schema},
       false,
       value,
       [this, names](const Json& json) {
         if (!json.is_object()) return false;
         types.clear();
         for (const auto& [column, type] : json.items()) {
           if (!type.is_string()) return false;
           const auto found = std::find(names.begin(), names.end(), type.get<std::string>());
           if (found == names.end()) return false;
           types[column] = static_cast<ColumnType>(found - names.begin());
         }
         return true;
       }});
}

void DataOptions::check(const std::string& config) const {
  if (validation) validation->check(config, "data.validation");
  if (test) test->check(config, "data.test");
  if (!split_column.empty() && (validation || test)) {
    throw usage_error(
        "{}: data.split_column contradicts data.{}: the column says which rows are held out; leave "
        "one of them out",
        config, validation ? "validation" : "test");
  }
  if (!element_count(shape)) {
    throw usage_error(
        "{}: data.shape {} has more values than memory can hold; expected the shape "
        "of one row",
        config, shape_text(shape));
  }
  if (shape.size() > 3) {
    throw usage_error("{}: data.shape has {} sizes; expected at most 3, such as [1, 28, 28]",
                      config, shape.size());
  }
}

}  // namespace ae
