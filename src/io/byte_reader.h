#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace ae {

/// The bytes of a file in order, gunzipped where the content (not the name) says gzip.
/// Holds a fixed amount of memory whatever the file's size. Every error is Error(data) and names
/// the file: missing, a folder, unreadable, a gzip stream that is cut short, damaged, or followed
/// by something else than a further gzip member.
class ByteReader {
 public:
  static constexpr size_t kMaxPeek = size_t{64} << 10;

  /// @param regular_only  refuses pipes and devices, which may be endless: for files that may come
  ///                      from a stranger
  explicit ByteReader(std::filesystem::path path, bool regular_only = false);
  ~ByteReader();
  ByteReader(ByteReader&&) noexcept;
  ByteReader& operator=(ByteReader&&) = delete;

  /// Up to n bytes ahead without consuming them; fewer only at the end. n ≤ kMostPeek. The view
  /// lives until the next call.
  std::string_view peek(size_t n);
  /// Up to n bytes into `out`; fewer only at the end.
  size_t read(void* out, size_t n);
  /// Exactly n bytes; where the file ends before, Error(data) says what was being read.
  void read_exactly(void* out, size_t n, std::string_view what);
  /// n bytes from `offset` of the content, for plain files only; the reading position stays.
  void read_at(uint64_t offset, void* out, size_t n, std::string_view what) const;
  bool at_end();

  const std::filesystem::path& path() const { return path_; }
  /// Bytes of content read so far.
  uint64_t position() const { return position_; }
  /// The file's size where its content is stored as it is (a regular file, not compressed).
  std::optional<uint64_t> plain_size() const;
  /// No file of this size can hold more content: the size itself, or for gzip what its densest
  /// coding could hold; unknown for a pipe. Bounds what a header may claim before memory is taken.
  std::optional<uint64_t> max_content() const;

 private:
  struct Inflater;

  size_t read_file(void* out, size_t n);
  size_t inflate_into(void* out, size_t n);
  size_t fill(void* out, size_t n);

  std::filesystem::path path_;
  int file_ = -1;
  std::optional<uint64_t> file_size_;
  std::unique_ptr<Inflater> inflater_;  // only where the content is gzip
  std::vector<char> buffer_;            // content ahead of the position: [begin_, end_)
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t position_ = 0;
};

}  // namespace ae
