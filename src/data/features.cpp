#include "data/features.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "data/columns.h"

namespace ae {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string named(const std::vector<TableColumn>& table, int64_t column) {
  return table.empty() ? fmt::format("value {}", column)
                       : "column \"" + table[static_cast<size_t>(column)].name + "\"";
}

/// Refuses a column of texts that are nearly all different.
void check_categories(const TableColumn& column, int64_t rows, const std::string& file) {
  constexpr size_t kFew = 20;
  const size_t count = column.categories.size();
  if (column.type != ColumnType::categorical || count <= kFew) return;
  if (static_cast<int64_t>(count) * 2 <= rows) return;
  throw data_error(
      "{}: column \"{}\" has {} different texts in {} rows: an id? Name it as data.train.ids, or "
      "leave it out with data.train.exclude",
      file, column.name, grouped(static_cast<int64_t>(count)), grouped(rows));
}

}  // namespace

Features Features::fit(std::vector<TableColumn> table, const at::Tensor& rows,
                       const Options& options, const std::string& file) {
  Features out;
  out.options_ = options;
  out.table_ = std::move(table);
  out.columns_ = rows.size(1);
  for (const TableColumn& column : out.table_) check_categories(column, rows.size(0), file);
  out.name_columns();
  out.fit_fill(rows, file);
  if (!out.numeric_.empty()) {
    out.fit_steps(rows, file);
  } else if (!out.options_.steps.empty()) {
    out.options_.steps.clear();  // no numbers to apply them to
  }
  out.arrange();
  if (options.missing->masks()) out.fit_gaps(out.forward(rows));
  return out;
}

/// Values for gaps. @param rows  training rows [N, columns]
void Features::fit_fill(const at::Tensor& rows, const std::string& file) {
  fill_.assign(static_cast<size_t>(columns_), options_.missing->masks() ? kNan : 0);
  if (options_.missing->refuses()) return;
  const at::Tensor empty = rows.isnan().all(0).nonzero();
  if (empty.numel() > 0) {
    throw data_error(
        "{}: {} has no value in the training rows; leave it out with data.train.exclude", file,
        named(table_, empty[0][0].item<int64_t>()));
  }
  if (!options_.missing->fills()) return;
  for_each_column(rows, [&](int64_t column, std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    const auto i = static_cast<size_t>(column);
    const bool number = table_.empty() || table_[i].type == ColumnType::numeric;
    fill_[i] = number ? options_.missing->fill(values) : most_frequent(values);
  });
}

/// @param rows  training rows [N, columns]
void Features::fit_steps(const at::Tensor& rows, const std::string& file) {
  StepRows current{numeric_part(rows), {}, file};
  for (const int64_t column : numeric_) {
    current.names.push_back(table_.empty() ? std::to_string(column + 1)
                                           : table_[static_cast<size_t>(column)].name);
  }
  for (const StepPart& part : options_.steps) {
    if (part->is_last() && (&part != &options_.steps.back() || !part.columns.empty())) {
      throw usage_error(
          "data.preprocessing: \"{}\" with \"draw\" must be the last step, of all columns",
          part.type());
    }
    if (!steps_.empty()) {
      const Step& last = *steps_.back();
      const std::vector<std::string> names = last.names(current.names);
      current.rows = by_row_blocks(current.rows, static_cast<int64_t>(names.size()), at::kDouble,
                                   [&](const at::Tensor& some) { return last.forward(some); });
      current.names = names;
    }
    steps_.push_back(fit_step(part, current));
    if (std::string note = steps_.back()->note(current.names); !note.empty()) {
      notes_.push_back(std::move(note));
    }
  }
}

/// @param features  training rows [N, D]
void Features::fit_gaps(const at::Tensor& features) {
  gap_fill_ = features.to(at::kDouble).nanmean(0).to(at::kFloat);
  const at::Tensor gaps = features.isnan().any(0);
  for (const FeatureGroup& group : groups_) {
    const bool is_category = group.type == ColumnType::categorical;
    if (is_category) gap_fill_.narrow(0, group.first, group.count).zero_();
    if (!options_.missing->has_indicator()) continue;
    // One input tells that a category is missing.
    for (int64_t i = 0; i < group.count; i += is_category ? group.count : 1) {
      if (gaps[group.first + i].item<bool>()) indicated_.push_back(group.first + i);
    }
  }
}

void Features::name_columns() {
  for (int64_t i = 0; i < columns_; ++i) {
    if (table_.empty() || table_[static_cast<size_t>(i)].type == ColumnType::numeric) {
      numeric_.push_back(i);
    }
  }
}

/// Names and groups: numeric features first, then booleans, then categories.
void Features::arrange() {
  std::vector<std::string> names;
  for (const int64_t column : numeric_) {
    names.push_back(table_.empty() ? fmt::format("value_{}", column)
                                   : table_[static_cast<size_t>(column)].name);
  }
  for (const auto& step : steps_) names = step->names(names);
  names_ = std::move(names);
  if (!names_.empty()) {
    groups_.push_back({ColumnType::numeric, 0, static_cast<int64_t>(names_.size())});
  }
  const auto add = [&](ColumnType type, std::vector<std::string> features) {
    groups_.push_back({type, width(), static_cast<int64_t>(features.size())});
    names_.insert(names_.end(), features.begin(), features.end());
  };
  std::vector<std::string> booleans;
  for (const TableColumn& column : table_) {
    if (column.type == ColumnType::boolean) booleans.push_back(column.name);
  }
  if (!booleans.empty()) add(ColumnType::boolean, booleans);
  for (const TableColumn& column : table_) {
    if (column.type != ColumnType::categorical) continue;
    std::vector<std::string> categories;
    for (const std::string& text : column.categories) {
      categories.push_back(column.name + "=" + text);
    }
    add(ColumnType::categorical, std::move(categories));
  }
}

at::Tensor Features::numeric_part(const at::Tensor& rows) const {
  at::Tensor numbers = static_cast<int64_t>(numeric_.size()) == columns_
                           ? rows
                           : rows.index_select(1, at::tensor(numeric_, at::kLong));
  if (!options_.missing->masks() && options_.missing.gaps() == Gaps::deliver) {
    std::vector<double> fill;
    for (const int64_t column : numeric_) fill.push_back(fill_[static_cast<size_t>(column)]);
    numbers = at::where(numbers.isnan(), double_tensor(fill), numbers);
  }
  const Scaling& scaling = options_.scaling;
  return scaling.is_identity() ? numbers : (numbers - scaling.offset) / scaling.divisor;
}

/// NaN in all features of a gap. [n] → [n, count] float64
at::Tensor Features::one_hot(const at::Tensor& codes, int64_t count) {
  const at::Tensor column = codes.unsqueeze(1);
  const at::Tensor hot = column.eq(at::arange(count, at::kDouble)).to(at::kDouble);
  return at::where(column.isnan(), column, hot);
}

at::Tensor Features::forward(const at::Tensor& rows) const {
  std::vector<at::Tensor> parts;
  if (!numeric_.empty()) {
    at::Tensor numbers = numeric_part(rows);
    for (const auto& step : steps_) numbers = step->forward(numbers);
    parts.push_back(numbers);
  }
  for (const ColumnType type : {ColumnType::boolean, ColumnType::categorical}) {
    for (size_t i = 0; i < table_.size(); ++i) {
      if (table_[i].type != type) continue;
      at::Tensor codes = rows.select(1, static_cast<int64_t>(i));
      if (!std::isnan(fill_[i])) codes = codes.masked_fill(codes.isnan(), fill_[i]);
      parts.push_back(type == ColumnType::boolean
                          ? codes.unsqueeze(1)
                          : one_hot(codes, static_cast<int64_t>(table_[i].categories.size())));
    }
  }
  return (parts.size() == 1 ? parts.front() : at::cat(parts, 1)).to(at::kFloat).contiguous();
}

at::Tensor Features::inverse(const at::Tensor& features) const {
  const at::Tensor wide = features.to(at::kCPU, at::kDouble);
  at::Tensor rows = at::zeros({wide.size(0), columns_}, at::kDouble);
  size_t next = 0;  // group
  if (!numeric_.empty()) {
    at::Tensor numbers = wide.narrow(1, 0, groups_[next++].count);
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
      numbers = (*step)->inverse(numbers);
    }
    const Scaling& scaling = options_.scaling;
    if (!scaling.is_identity()) numbers = numbers * scaling.divisor + scaling.offset;
    rows.index_copy_(1, at::tensor(numeric_, at::kLong), numbers);
  }
  int64_t at = next == 0 ? 0 : groups_[0].count;
  for (const ColumnType type : {ColumnType::boolean, ColumnType::categorical}) {
    for (size_t i = 0; i < table_.size(); ++i) {
      if (table_[i].type != type) continue;
      const auto count =
          type == ColumnType::boolean ? 1 : static_cast<int64_t>(table_[i].categories.size());
      const at::Tensor values = wide.narrow(1, at, count);
      rows.select(1, static_cast<int64_t>(i))
          .copy_(type == ColumnType::boolean ? values.select(1, 0).ge(0.5).to(at::kDouble)
                                             : values.argmax(1).to(at::kDouble));
      at += count;
    }
  }
  return rows;
}

}  // namespace ae
