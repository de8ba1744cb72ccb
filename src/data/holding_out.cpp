#include "data/holding_out.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_map>

#include "core/error.h"
#include "core/random.h"
#include "core/text.h"
#include "data/where.h"
#include "io/quote.h"
#include "io/regular_file.h"

namespace ae {
namespace {

using Rows = std::vector<int64_t>;

[[noreturn]] void refuse_empty(const Dataset& data, const std::string& option, size_t held_out,
                               size_t of) {
  throw data_error("{}: {} holds out {} of {} rows; both sets need at least one row",
                   data.path.string(), option, held_out, of);
}

/// Rows grouped by a value, each group in the order of `rows`.
template <class ValueOf>
std::vector<Rows> grouped_by(const Rows& rows, ValueOf value_of) {
  std::vector<Rows> groups;
  std::unordered_map<std::decay_t<decltype(value_of(0))>, size_t> numbers;
  for (const int64_t row : rows) {
    const auto [found, is_new] = numbers.emplace(value_of(row), groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(row);
  }
  return groups;
}

int64_t share_of(double fraction, size_t rows) {
  return std::max<int64_t>(1, std::llround(fraction * static_cast<double>(rows)));
}

/// Rows that are not yet held out, in the file's order.
class Remaining {
 public:
  Remaining(const Dataset& data, Rows rows, uint64_t seed)
      : data_(data), rows_(std::move(rows)), seed_(seed) {}

  /// Takes rows for a split. @param all  number of rows of which a fraction is taken
  Rows take(const HeldOutOptions& options, const std::string& name, size_t all) {
    Rows taken;
    if (options.stratify) {
      taken = stratified(options, name);
    } else if (!options.group.empty()) {
      taken = whole_groups(options, name, all);
    } else {
      const int64_t count = options.last ? *options.last : share_of(*options.fraction, all);
      if (count >= static_cast<int64_t>(rows_.size())) {
        refuse_empty(data_, name, static_cast<size_t>(count), rows_.size());
      }
      const Rows order = options.last ? rows_ : shuffled(rows_);
      taken.assign(order.end() - count, order.end());
    }
    std::sort(taken.begin(), taken.end());
    remove(taken);
    return taken;
  }

  /// @param taken  in ascending order
  void remove(const Rows& taken) {
    std::erase_if(rows_,
                  [&](int64_t row) { return std::binary_search(taken.begin(), taken.end(), row); });
  }

  const Rows& rest() const { return rows_; }

 private:
  Rows shuffled(const Rows& rows) const {
    Rows order =
        permutation(static_cast<int64_t>(rows.size()), {.seed = seed_, .purpose = Purpose::split});
    for (int64_t& at : order) at = rows[static_cast<size_t>(at)];
    return order;
  }

  Rows stratified(const HeldOutOptions& options, const std::string& name) const {
    if (data_.labels.values.empty()) {
      throw data_error("{}: {}.stratify needs labels; name them with data.train.labels",
                       data_.path.string(), name);
    }
    const auto label_of = [&](int64_t row) {
      return data_.labels.values[static_cast<size_t>(row)];
    };
    Rows taken;
    for (const Rows& rows : grouped_by(rows_, label_of)) {
      const Rows order = shuffled(rows);
      // One row of each label at least stays.
      const auto count =
          std::min<int64_t>(std::llround(*options.fraction * static_cast<double>(rows.size())),
                            static_cast<int64_t>(rows.size()) - 1);
      taken.insert(taken.end(), order.end() - count, order.end());
    }
    if (taken.empty()) refuse_empty(data_, name, 0, rows_.size());
    return taken;
  }

  /// Whole groups in a random order, until they have the fraction of the rows.
  Rows whole_groups(const HeldOutOptions& options, const std::string& name, size_t all) const {
    const std::vector<std::string>& texts = *data_.texts_of(options.group);
    const std::vector<Rows> groups =
        grouped_by(rows_, [&](int64_t row) { return texts[static_cast<size_t>(row)]; });
    if (groups.size() < 2) {
      throw data_error(
          "{}: {}.group: column {} has one value in all rows, so that no group can be held out",
          data_.path.string(), name, quote(options.group));
    }
    Rows order(groups.size());
    std::iota(order.begin(), order.end(), int64_t{0});
    order = shuffled(order);
    const int64_t wanted = share_of(*options.fraction, all);
    Rows taken;
    // One group at least stays.
    for (size_t i = order.size(); i-- > 1 && static_cast<int64_t>(taken.size()) < wanted;) {
      const Rows& group = groups[static_cast<size_t>(order[i])];
      taken.insert(taken.end(), group.begin(), group.end());
    }
    return taken;
  }

  const Dataset& data_;
  Rows rows_;
  uint64_t seed_;
};

/// Row numbers from a file.
Rows listed_rows(const Dataset& data, const std::string& name, const std::filesystem::path& file) {
  Rows rows = read_labels(file).values;
  std::sort(rows.begin(), rows.end());
  const auto twice = std::adjacent_find(rows.begin(), rows.end());
  if (twice != rows.end()) {
    throw data_error("{}: row {} is listed twice for {}; expected each once", file.string(), *twice,
                     name);
  }
  if (rows.front() < 0 || rows.back() >= data.count()) {
    throw data_error("{}: row {} for {}; {} has rows 0 to {}", file.string(),
                     rows.front() < 0 ? rows.front() : rows.back(), name, data.path.string(),
                     data.count() - 1);
  }
  return rows;
}

/// Split that a text names: 0 train, 1 validation, 2 test.
std::optional<size_t> split_of(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  static const std::map<std::string, size_t> kNames = {
      {"train", 0}, {"training", 0}, {"validation", 1}, {"valid", 1},
      {"val", 1},   {"dev", 1},      {"test", 2},       {"testing", 2}};
  const auto found = kNames.find(text);
  return found == kNames.end() ? std::nullopt : std::optional(found->second);
}

RowNumbers by_column(const Dataset& data, const std::string& column, const Rows& candidates) {
  const std::vector<std::string>& texts = *data.texts_of(column);
  std::array<Rows, 3> splits;
  for (const int64_t row : candidates) {
    const std::string& text = texts[static_cast<size_t>(row)];
    const auto split = split_of(text);
    if (!split) {
      throw data_error(
          "{}: {}, column {}: {}; data.split_column expects train, validation (val, valid, dev) or "
          "test",
          data.path.string(), row_text(row, data.first_line), quote(column), quote(text));
    }
    splits.at(*split).push_back(row);
  }
  if (splits[0].empty()) {
    throw data_error("{}: data.split_column {} names no row \"train\"", data.path.string(),
                     quote(column));
  }
  RowNumbers out{std::move(splits[0]), {}, {}};
  if (!splits[1].empty()) out.validation = std::move(splits[1]);
  if (!splits[2].empty()) out.test = std::move(splits[2]);
  return out;
}

}  // namespace

RowNumbers divide_rows(const Dataset& data, const DataOptions& options,
                       const DataLocations& locations) {
  Rows candidates;
  if (options.train.where.is_empty()) {
    candidates.resize(static_cast<size_t>(data.count()));
    std::iota(candidates.begin(), candidates.end(), int64_t{0});
  } else {
    candidates = rows_where(data, options.train.where, "data.train.where");
  }
  if (!options.split_column.empty()) return by_column(data, options.split_column, candidates);
  const size_t all = candidates.size();
  RowNumbers out;
  Remaining rows(data, std::move(candidates),
                 static_cast<uint64_t>(options.split_seed.value_or(1)));
  const auto hold_out = [&](const std::optional<HeldOutOptions>& held_out, const std::string& name,
                            std::optional<Rows>& into, bool listed) {
    if (!held_out || held_out->source() || held_out->rows.empty() == listed) return;
    if (listed) {
      const std::filesystem::path file = locations.find(held_out->rows);
      RegularFile{file};
      into = listed_rows(data, name, file);
      rows.remove(*into);
      if (rows.rest().empty()) refuse_empty(data, name, into->size(), all);
    } else {
      into = rows.take(*held_out, name, all);
    }
  };
  // Listed rows first, which random ones must not take.
  for (const bool listed : {true, false}) {
    hold_out(options.validation, "data.validation", out.validation, listed);
    hold_out(options.test, "data.test", out.test, listed);
  }
  out.train = rows.rest();
  return out;
}

}  // namespace ae
