#include "runs/label_stream.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <charconv>

#include "core/error.h"
#include "data/dataset.h"
#include "files/format.h"
#include "files/labels.h"

namespace ae {

LabelStream::LabelStream(const std::filesystem::path& data, const std::string& labels,
                         const Preprocessing& preprocessing)
    : source_(data.string()), preprocessing_(preprocessing) {
  const std::vector<std::string> columns = open_rows(data)->info().columns;
  if (std::find(columns.begin(), columns.end(), labels) != columns.end()) {
    column_ = open_rows(data, {.label_column = labels, .columns = preprocessing.columns});
    return;
  }
  source_ = labels;
  Labels read = read_labels(labels);
  std::vector<std::string> names = preprocessing.label_names;
  align_labels(read, names);
  all_ = std::move(read.values);
}

int64_t LabelStream::number_of(const std::string& text) const {
  const std::vector<std::string>& names = preprocessing_.label_names;
  if (!names.empty()) {
    const auto found = std::find(names.begin(), names.end(), text);
    return found == names.end() ? -1 : found - names.begin();
  }
  int64_t number = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? number : -1;
}

at::Tensor LabelStream::next(int64_t n) {
  at::Tensor out = at::empty({n}, at::kLong);
  auto* to = out.mutable_data_ptr<int64_t>();
  if (column_) {
    std::vector<std::byte> unused(static_cast<size_t>(n) * column_->info().row_bytes());
    column_->read(n, unused.data());
    for (const std::string& text : column_->labels()) *to++ = number_of(text);
  } else {
    if (done_ + n > static_cast<int64_t>(all_.size())) {
      throw data_error("{}: has {} labels, fewer than the data has rows", source_, all_.size());
    }
    std::copy_n(all_.begin() + done_, n, to);
  }
  for (int64_t i = 0; i < n; ++i) {
    const int64_t label = out.const_data_ptr<int64_t>()[i];
    if (label >= 0 && label < preprocessing_.classes) continue;
    throw data_error("{}: the label of row {} is none that the model was trained on", source_,
                     done_ + i);
  }
  done_ += n;
  return out;
}

}  // namespace ae
