#include "inference/row_output.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/sizes.h"
#include "core/text.h"
#include "io/formats/csv.h"
#include "io/formats/npy.h"
#include "io/path_kind.h"

namespace ae {
namespace {

/// Index of the first row with a NaN or an infinity.
template <class T>
std::optional<int64_t> first_non_finite_row(const T* values, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, values += width) {
    bool bad = false;  // without a branch, so that the loop is vectorised
    for (int64_t i = 0; i < width; ++i) bad |= values[i] - values[i] != 0;
    if (bad) return row;
  }
  return std::nullopt;
}

Error not_finite(const std::filesystem::path& path, int64_t row) {
  return data_error(
      "{}: row {} would not be finite: the model's weights are damaged, or the row is far from the "
      "data that it was trained on",
      path.string(), row);
}

/// Checks that rows are finite and writes them in one of the formats.
template <class T, class Writer>
class CheckedOutput : public RowOutput {
 public:
  CheckedOutput(std::filesystem::path path, int64_t width, Writer writer)
      : path_(std::move(path)), width_(width), writer_(std::move(writer)) {}

  using RowOutput::write;
  void write(const at::Tensor& rows, const TextColumns& ids) override {
    const int64_t count = rows.size(0);
    if (rows.numel() != count * width_) {
      throw internal_error("{}: rows of shape {} are written as rows of {} values", path_.string(),
                           shape_text(rows.sizes().vec()), width_);
    }
    const at::Tensor values =
        rows.detach().to(at::kCPU, c10::CppTypeToScalarType<T>::value).contiguous();
    const auto* data = values.const_data_ptr<T>();
    if (const auto row = first_non_finite_row(data, count, width_)) {
      throw not_finite(path_, done_ + *row);
    }
    if constexpr (std::is_same_v<Writer, CsvWriter>) {
      writer_.write(data, count, ids);
    } else {
      writer_.write(data, count);
    }
    done_ += count;
  }
  void commit() override { writer_.commit(); }

 private:
  std::filesystem::path path_;
  int64_t width_;
  Writer writer_;
  int64_t done_ = 0;
};

template <class T>
std::unique_ptr<RowOutput> open_output(const std::filesystem::path& path,
                                       const std::vector<int64_t>& shape,
                                       const std::vector<std::string>& columns, NpyType type,
                                       const std::vector<std::string>& ids) {
  if (is_csv(path)) {
    return std::make_unique<CheckedOutput<T, CsvWriter>>(path, static_cast<int64_t>(columns.size()),
                                                         CsvWriter(path, with_ids(ids, columns)));
  }
  return std::make_unique<CheckedOutput<T, NpyWriter>>(path, checked_element_count(shape),
                                                       NpyWriter(path, type, shape));
}

}  // namespace

bool is_csv(const std::filesystem::path& path) { return path.extension() == ".csv"; }

void check_ending(const std::string& option, const std::filesystem::path& path,
                  const std::vector<std::string>& endings) {
  const std::string ending = path.extension().string();
  if (std::find(endings.begin(), endings.end(), ending) != endings.end()) return;
  throw usage_error("{} {}: expected a name that ends in {}", option, path.string(),
                    join(endings, " or "));
}

void check_distinct(const std::vector<std::filesystem::path>& outputs,
                    const std::vector<std::filesystem::path>& inputs) {
  for (auto output = outputs.begin(); output != outputs.end(); ++output) {
    const auto is_output = [&](const std::filesystem::path& other) {
      return same_location(*output, other);
    };
    if (std::any_of(inputs.begin(), inputs.end(), is_output)) {
      throw usage_error("{}: is a file that is read; choose another name to write to",
                        output->string());
    }
    if (std::any_of(outputs.begin(), output, is_output)) {
      throw usage_error("{}: would be written twice; choose different names", output->string());
    }
  }
}

std::unique_ptr<RowOutput> open_row_output(const std::filesystem::path& path,
                                           const std::vector<int64_t>& shape,
                                           const std::vector<std::string>& columns, NpyType type,
                                           const std::vector<std::string>& ids) {
  return type == NpyType::float64 ? open_output<double>(path, shape, columns, type, ids)
                                  : open_output<float>(path, shape, columns, type, ids);
}

void check_finite_rows(const std::filesystem::path& path, const at::Tensor& rows) {
  const at::Tensor values = rows.to(at::kCPU, at::kFloat).contiguous();
  const auto row =
      first_non_finite_row(values.const_data_ptr<float>(), values.size(0), values.size(1));
  if (row) throw not_finite(path, *row);
}

std::vector<std::string> with_ids(std::vector<std::string> ids,
                                  const std::vector<std::string>& columns) {
  ids.insert(ids.end(), columns.begin(), columns.end());
  return ids;
}

std::vector<std::string> numbered(const std::string& stem, int64_t count) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < count; ++i) names.push_back(fmt::format("{}_{}", stem, i));
  return names;
}

std::vector<std::string> data_columns(const std::vector<std::string>& columns, int64_t width) {
  return columns.empty() ? numbered("value", width) : columns;
}

void write_integers(const std::filesystem::path& path, const std::vector<int64_t>& values) {
  NpyWriter writer(path, NpyType::int64, {});
  writer.write(values.data(), static_cast<int64_t>(values.size()));
  writer.commit();
}

}  // namespace ae
