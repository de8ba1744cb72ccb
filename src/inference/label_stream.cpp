#include "inference/label_stream.h"

#include <ATen/ops/empty.h>

#include <memory>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "io/formats/format.h"

namespace ae {

LabelStream::LabelStream(const std::filesystem::path& data, const std::string& labels,
                         const Preprocessing& preprocessing)
    : source_(data.string()), preprocessing_(preprocessing) {
  for (const std::string& name : preprocessing.label_names) {
    numbers_.emplace(name, static_cast<int64_t>(numbers_.size()));
  }
  SourceOptions source;
  source.labels = labels;
  const RowRequest request = row_request(data, source, preprocessing.reading());
  std::unique_ptr<RowReader> reader = open_rows(data, request);
  if (!request.label_column.empty()) {
    column_ = std::move(reader);
    return;
  }
  source_ = labels;
  all_ = read_labels(labels, reader->info().count);
  if (all_.names.empty() != preprocessing.label_names.empty()) {
    throw data_error("{}: labels are {}, the model was trained on labels {}", source_,
                     all_.names.empty() ? "numbers" : "texts", preprocessing.labels_text());
  }
}

int64_t LabelStream::checked(const std::optional<int64_t>& label, const std::string& text) const {
  if (label && preprocessing_.has_class(*label)) return *label;
  throw data_error("{}: {} has label {}; the model was trained on labels {}", source_,
                   row_text(done_, column_ ? column_->first_line() : std::nullopt), text,
                   preprocessing_.labels_text());
}

std::optional<int64_t> LabelStream::label_of(const std::string& text) const {
  if (numbers_.empty()) return whole_number(text);
  const auto found = numbers_.find(text);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

int64_t LabelStream::of_file(size_t row) const {
  const int64_t value = all_.values[row];
  if (all_.names.empty()) return checked(value, std::to_string(value));
  const std::string& text = all_.names[static_cast<size_t>(value)];
  return checked(label_of(text), text);
}

at::Tensor LabelStream::next(int64_t n) {
  at::Tensor out = at::empty({n}, at::kLong);
  auto* to = out.mutable_data_ptr<int64_t>();
  if (column_) {
    std::vector<std::byte> unused(static_cast<size_t>(n) * column_->info().row_bytes());
    column_->read(n, unused.data());
  } else if (done_ + n > static_cast<int64_t>(all_.values.size())) {
    throw data_error("{}: has {} labels, fewer than the data has rows; expected one for each",
                     source_, grouped(static_cast<int64_t>(all_.values.size())));
  }
  for (int64_t i = 0; i < n; ++i, ++done_) {
    if (column_) {
      const std::string& text = column_->labels().at(static_cast<size_t>(i));
      to[i] = checked(label_of(text), text);
    } else {
      to[i] = of_file(static_cast<size_t>(done_));
    }
  }
  return out;
}

void LabelStream::check_end() const {
  if (column_ || done_ == static_cast<int64_t>(all_.values.size())) return;
  throw data_error("{}: has {} labels, the data has {} rows; expected one for each", source_,
                   grouped(static_cast<int64_t>(all_.values.size())), grouped(done_));
}

}  // namespace ae
