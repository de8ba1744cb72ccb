#include "io/line_reader.h"

#include <utility>

#include "core/error.h"

namespace ae {

LineReader::LineReader(std::filesystem::path path) : path_(std::move(path)), file_(path_) {}

bool LineReader::next(std::string& line) {
  constexpr size_t kChunkBytes = size_t{64} << 10;
  size_t end = buffer_.find('\n', begin_);
  while (end == std::string::npos && buffer_.size() - begin_ <= kMaxLineBytes) {
    buffer_.erase(0, begin_);
    begin_ = 0;
    const size_t had = buffer_.size();
    buffer_.resize(had + kChunkBytes);
    const size_t got = file_.read(buffer_.data() + had, kChunkBytes);
    buffer_.resize(had + got);
    end = buffer_.find('\n', had);
    if (got == 0) break;
  }
  whole_ = end != std::string::npos;
  if (!whole_) end = buffer_.size();
  if (end - begin_ > kMaxLineBytes) {
    throw data_error("{}: line {} is longer than {} bytes; the file is damaged", path_.string(),
                     number_ + 1, kMaxLineBytes);
  }
  if (!whole_ && end == begin_) return false;
  line = buffer_.substr(begin_, end - begin_);
  begin_ = whole_ ? end + 1 : end;
  ++number_;
  return true;
}

}  // namespace ae
