#include "runs/row_output.h"

#include <algorithm>

#include "core/error.h"
#include "core/sizes.h"
#include "core/text.h"
#include "files/csv.h"
#include "files/npy.h"
#include "files/path_kind.h"

namespace ae {
namespace {

/// @param width  values that a row must have
at::Tensor on_cpu(const at::Tensor& rows, int64_t width) {
  if (rows.numel() != rows.size(0) * width) {
    throw internal_error("rows of shape {} are written as rows of {} values",
                         shape_text(rows.sizes().vec()), width);
  }
  return rows.detach().to(at::kCPU, at::kFloat).contiguous();
}

class NpyOutput : public RowOutput {
 public:
  NpyOutput(const std::filesystem::path& path, const std::vector<int64_t>& shape)
      : writer_(path, NpyType::float32, shape), width_(checked_element_count(shape)) {}
  void write(const at::Tensor& rows) override {
    const at::Tensor values = on_cpu(rows, width_);
    writer_.write(values.const_data_ptr<float>(), values.size(0));
  }
  void commit() override { writer_.commit(); }

 private:
  NpyWriter writer_;
  int64_t width_;
};

class CsvOutput : public RowOutput {
 public:
  CsvOutput(const std::filesystem::path& path, const std::vector<std::string>& columns)
      : writer_(path, columns), width_(static_cast<int64_t>(columns.size())) {}
  void write(const at::Tensor& rows) override {
    const at::Tensor values = on_cpu(rows, width_);
    writer_.write(values.const_data_ptr<float>(), values.size(0));
  }
  void commit() override { writer_.commit(); }

 private:
  CsvWriter writer_;
  int64_t width_;
};

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
      return same_place(*output, other);
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
                                           const std::vector<std::string>& columns) {
  if (is_csv(path)) return std::make_unique<CsvOutput>(path, columns);
  return std::make_unique<NpyOutput>(path, shape);
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
