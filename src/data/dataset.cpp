#include "data/dataset.h"

#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <unordered_map>

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"
#include "io/formats/column_match.h"
#include "io/formats/format.h"
#include "io/formats/label_texts.h"
#include "io/hash.h"
#include "io/quote.h"
#include "io/regular_file.h"

namespace ae {
namespace {

constexpr size_t kFirstBytes = size_t{1} << 20;

/// A block of memory that grows by half. For large blocks, realloc remaps pages instead of copying.
class GrowingBlock {
 public:
  ~GrowingBlock() { std::free(data_); }
  GrowingBlock() = default;
  GrowingBlock(const GrowingBlock&) = delete;
  GrowingBlock& operator=(const GrowingBlock&) = delete;

  void reserve(size_t bytes) {
    if (bytes <= capacity_) return;
    const size_t had = capacity_;
    capacity_ = std::max({bytes, capacity_ + capacity_ / 2, kFirstBytes});
    // The system overcommits memory, and a small compressed file can contain more than there is.
    const bool fits = capacity_ - had <= static_cast<uint64_t>(available_memory_bytes());
    void* grown = fits ? std::realloc(data_, capacity_) : nullptr;
    if (grown == nullptr) {
      throw data_error("no memory for {} MB of data; use fewer rows", capacity_ >> 20);
    }
    data_ = static_cast<std::byte*>(grown);
  }

  std::byte* data() { return data_; }

  at::Tensor release(int64_t rows, int64_t width, at::ScalarType type) {
    std::byte* data = data_;
    data_ = nullptr;
    return at::from_blob(
        data, {rows, width}, [](void* block) { std::free(block); },
        at::TensorOptions().dtype(type));
  }

 private:
  std::byte* data_ = nullptr;
  size_t capacity_ = 0;
};

at::ScalarType scalar_type(DType dtype) {
  return dtype == DType::uint8 ? at::kByte : dtype == DType::float32 ? at::kFloat : at::kDouble;
}

void read_all(RowReader& reader, Dataset& dataset, LabelTexts& label_texts) {
  const size_t row_bytes = reader.info().row_bytes();
  const auto step = std::max<int64_t>(1, static_cast<int64_t>(kFirstBytes / row_bytes));
  std::vector<LabelTexts> columns(reader.info().text_columns.size());
  GrowingBlock block;
  Hasher hasher;
  int64_t rows = 0;
  while (true) {
    block.reserve(static_cast<size_t>(rows + step) * row_bytes);
    std::byte* out = block.data() + static_cast<size_t>(rows) * row_bytes;
    const int64_t got = reader.read(step, out);
    if (got == 0) break;
    hasher.update({out, static_cast<size_t>(got) * row_bytes});
    for (const std::string& text : reader.labels()) label_texts.add(dataset.path, text);
    for (size_t i = 0; i < columns.size(); ++i) {
      for (const std::string& text : reader.texts()[i]) columns[i].add(dataset.path, text);
    }
    rows += got;
  }
  dataset.rows = block.release(rows, reader.info().width(), scalar_type(dataset.info.dtype));
  for (LabelTexts& texts : columns) dataset.texts.push_back(texts.release());
  dataset.fingerprint = hasher.hex();
  dataset.first_line = reader.first_line();
}

/// Names of all columns of a table; empty for an array.
std::vector<std::string> columns_of(const std::filesystem::path& path, const RowRequest& request) {
  try {
    return open_rows(path, request)->info().all_columns;
  } catch (const Error& error) {
    // An array file refuses columns to leave out; the caller reports them.
    if (error.kind() != ErrorKind::usage) throw;
    return {};
  }
}

/// True if the file is a table with a column of this name or number.
/// @throws Error(data) for a number beyond a table's columns
bool is_column(const std::filesystem::path& path, const std::string& text, RowRequest request) {
  // Text in it does not make the header ambiguous.
  const std::optional<int64_t> number = whole_number(text);
  if (number) request.exclude.push_back(text);
  const std::vector<std::string> names = columns_of(path, request);
  if (std::find(names.begin(), names.end(), text) != names.end()) return true;
  return number && !names.empty();  // beyond the columns it was refused as one to leave out
}

}  // namespace

RowRequest row_request(const std::filesystem::path& path, const SourceOptions& source,
                       const FileReading& reading) {
  RowRequest request{.columns = reading.columns,
                     .exclude = source.exclude,
                     .texts = source.ids,
                     .dialect = reading.dialect,
                     .table = reading.table,
                     .delivery = reading.delivery,
                     .threads = at::get_num_threads()};
  if (request.columns.empty()) request.columns = source.columns;
  request.header = source.header == "auto" ? reading.header : header_of(source.header);
  // They are no data.
  const auto exclude = [&](const std::vector<std::string>& columns) {
    for (const std::string& column : columns) {
      if (std::find(request.exclude.begin(), request.exclude.end(), column) ==
          request.exclude.end()) {
        request.exclude.push_back(column);
      }
    }
  };
  exclude(source.ids);
  exclude(reading.texts);
  request.texts.insert(request.texts.end(), reading.texts.begin(), reading.texts.end());
  if (!source.labels.empty() && is_column(path, source.labels, request)) {
    request.label_column = source.labels;
  }
  for (const std::string& labels : source.further_labels) {
    if (!is_column(path, labels, request)) continue;
    request.texts.push_back(labels);
    exclude({labels});
  }
  for (const std::string& column : source.where.columns()) {
    // The rows' labels may be meant, which need not be a column.
    if (column != kLabelColumn || is_column(path, column, request)) request.texts.push_back(column);
  }
  return request;
}

std::unique_ptr<RowReader> open_arranged(const std::filesystem::path& path,
                                         const RowRequest& request, const FileReading& reading,
                                         Arrangement* arrangement) {
  std::unique_ptr<RowReader> reader = open_rows(path, request);
  const std::vector<int64_t> shape = reader->info().shape;
  const Arrangement found =
      reading.arrange ? reading.arrange(reader->info(), path.string()) : Arrangement{shape, shape};
  if (arrangement != nullptr) *arrangement = found;
  return arranged(std::move(reader), found);
}

namespace {

/// Labels in a file of their own. @param name  which is no column of the data
Labels labels_of_file(const std::string& name, const DataLocations& locations,
                      const Dataset& dataset) {
  std::filesystem::path file;
  try {
    file = locations.find(name);
  } catch (const Error& error) {
    const std::vector<std::string>& columns = dataset.info.all_columns;
    if (columns.empty()) throw;
    throw data_error("{}: labels {} are neither a column nor a file{}; the columns are {}",
                     dataset.path.string(), quote(name), did_you_mean(name, columns),
                     names_listing(columns));
  }
  RegularFile{file};
  return read_labels(file, dataset.count());
}

/// Labels of a column that was read, or of a file.
Labels further_labels(const std::string& name, const DataLocations& locations,
                      const Dataset& dataset) {
  const std::vector<std::string>* texts = dataset.texts_of(name);
  if (texts == nullptr) return labels_of_file(name, locations, dataset);
  const auto empty = std::ranges::find(*texts, "");
  if (empty != texts->end()) {
    throw data_error("{}: {}, column {}: empty label; expected a number or text",
                     dataset.path.string(), row_text(empty - texts->begin(), dataset.first_line),
                     quote(name));
  }
  return labels_from_text(*texts);
}

}  // namespace

Dataset load_dataset(const SourceOptions& source, const DataLocations& locations,
                     const FileReading& reading) {
  Dataset dataset;
  dataset.path = locations.find(source.path);
  RegularFile{dataset.path};  // refuses pipes, as the file may be read twice
  const RowRequest request = row_request(dataset.path, source, reading);
  const std::unique_ptr<RowReader> reader =
      open_arranged(dataset.path, request, reading, &dataset.arrangement);
  dataset.info = reader->info();
  LabelTexts label_texts;
  read_all(*reader, dataset, label_texts);
  dataset.info.table = reader->info().table;  // with the categories that were met
  dataset.info.count = dataset.count();
  if (!request.label_column.empty()) {
    dataset.labels = labels_from_text(label_texts.release());
  } else if (!source.labels.empty()) {
    dataset.labels = labels_of_file(source.labels, locations, dataset);
  }
  for (const std::string& name : source.further_labels) {
    dataset.further_labels.push_back({name, further_labels(name, locations, dataset)});
  }
  return dataset;
}

const std::vector<std::string>* Dataset::texts_of(const std::string& name) const {
  const auto found = std::find(info.text_columns.begin(), info.text_columns.end(), name);
  if (found == info.text_columns.end()) return nullptr;
  return &texts[static_cast<size_t>(found - info.text_columns.begin())];
}

void align_labels(Labels& labels, std::vector<std::string>& names) {
  if (labels.names.empty()) return;
  std::unordered_map<std::string, int64_t> numbers;
  for (const std::string& name : names) {
    numbers.emplace(name, static_cast<int64_t>(numbers.size()));
  }
  std::vector<int64_t> renumbered;
  for (const std::string& name : labels.names) {
    const auto [found, is_new] = numbers.emplace(name, static_cast<int64_t>(numbers.size()));
    if (is_new) names.push_back(name);
    renumbered.push_back(found->second);
  }
  for (int64_t& value : labels.values) value = renumbered[static_cast<size_t>(value)];
  labels.names = names;
}

}  // namespace ae
