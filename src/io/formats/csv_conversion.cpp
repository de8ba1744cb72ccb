#include "io/formats/csv_conversion.h"

#include <algorithm>
#include <utility>

#include "core/jobs.h"

namespace ae {
namespace {

constexpr size_t kCellsOfJob = 16384;  // about half a millisecond

}  // namespace

CsvConversion::CsvConversion(CsvCells& cells, std::vector<size_t> columns,
                             const std::vector<TableColumn>& table, int threads)
    : cells_(cells), columns_(std::move(columns)), groups_(1), threads_(threads) {
  for (size_t i = 0; i < table.size(); ++i) {
    if (table[i].type == ColumnType::numeric) {
      groups_.front().columns.push_back(i);
    } else {
      groups_.push_back({{i}, false});  // categories are numbered as they are met
    }
  }
}

template <class T>
std::optional<CsvConversion::Failure> CsvConversion::convert(
    std::span<const std::string_view> fields, size_t width, T* out) {
  struct Job {
    const Group* group;
    size_t first;
    size_t end;
    std::optional<Failure> failure = {};
  };
  const size_t rows = fields.size() / width;
  std::vector<Job> jobs;
  for (const Group& group : groups_) {
    if (group.columns.empty()) continue;
    const size_t step =
        group.by_rows ? std::max<size_t>(1, kCellsOfJob / group.columns.size()) : rows;
    for (size_t first = 0; first < rows; first += step) {
      jobs.push_back({&group, first, std::min(rows, first + step)});
    }
  }
  const auto run = [&](Job& job) {
    for (size_t row = job.first; row < job.end; ++row) {
      const std::string_view* const cells = fields.data() + row * width;
      T* const to = out + row * columns_.size();
      for (const size_t column : job.group->columns) {
        auto problem = CsvCells::Problem::none;
        to[column] = static_cast<T>(cells_.convert(column, cells[columns_[column]], problem));
        if (problem == CsvCells::Problem::none) continue;
        job.failure = Failure{row, column, problem};
        return;
      }
    }
  };
  run_jobs(jobs.size(), fields.size() < kCellsOfJob ? 1 : threads_,
           [&](size_t i) { run(jobs[i]); });
  std::optional<Failure> first;
  for (const Job& job : jobs) {
    if (job.failure && (!first || *job.failure < *first)) first = job.failure;
  }
  return first;
}

template std::optional<CsvConversion::Failure> CsvConversion::convert(
    std::span<const std::string_view> fields, size_t width, float* out);
template std::optional<CsvConversion::Failure> CsvConversion::convert(
    std::span<const std::string_view> fields, size_t width, double* out);

}  // namespace ae
