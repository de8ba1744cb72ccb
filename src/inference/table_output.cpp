#include "inference/table_output.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "io/formats/csv.h"

namespace ae {
namespace {

std::vector<std::string> names_of(const std::vector<TableColumn>& table) {
  std::vector<std::string> names;
  for (const TableColumn& column : table) names.push_back(column.name);
  return names;
}

class TableOutput : public RowOutput {
 public:
  TableOutput(const std::filesystem::path& path, std::vector<TableColumn> table,
              const std::vector<std::string>& ids)
      : path_(path), writer_(path, with_ids(ids, names_of(table))), table_(std::move(table)) {}

  using RowOutput::write;
  void write(const at::Tensor& rows, const TextColumns& ids) override {
    const at::Tensor held = rows.detach().to(at::kCPU, at::kDouble).contiguous();
    const auto* values = held.const_data_ptr<double>();
    std::vector<std::string> fields(ids.size() + table_.size());
    for (int64_t row = 0; row < held.size(0); ++row, ++done_) {
      auto field = fields.begin();
      for (const auto& column : ids) *field++ = column[static_cast<size_t>(row)];
      for (const TableColumn& column : table_) *field++ = text(column, *values++);
      writer_.write(fields);
    }
  }
  void commit() override { writer_.commit(); }

 private:
  std::string text(const TableColumn& column, double value) const {
    if (!std::isfinite(value)) {
      throw data_error(
          "{}: row {}, column \"{}\" would not be finite: the model's weights are damaged, or the "
          "row is "
          "far from the data that it was trained on",
          path_.string(), done_, column.name);
    }
    if (column.type != ColumnType::numeric) return column.categories.at(static_cast<size_t>(value));
    char number[32];
    const auto [end, error] = std::to_chars(number, number + sizeof(number), value);
    return {number, end};
  }

  std::filesystem::path path_;
  CsvWriter writer_;
  std::vector<TableColumn> table_;
  int64_t done_ = 0;
};

}  // namespace

std::unique_ptr<RowOutput> open_table_output(const std::filesystem::path& path,
                                             const std::vector<TableColumn>& table,
                                             const std::vector<std::string>& ids) {
  return std::make_unique<TableOutput>(path, table, ids);
}

bool has_texts(const std::vector<TableColumn>& table) {
  return std::any_of(table.begin(), table.end(),
                     [](const TableColumn& column) { return column.type != ColumnType::numeric; });
}

}  // namespace ae
