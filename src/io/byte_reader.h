#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace ae {

/// Sequential reader of a file, decompressing gzip, which is recognised by content. Memory does not
/// grow with the file. Errors are Error(data) and name the file: missing, a folder, unreadable, or
/// a gzip stream that is truncated, damaged, or followed by other bytes than a gzip member.
class ByteReader {
 public:
  static constexpr size_t kMaxPeek = size_t{64} << 10;

  /// @param regular_only  refuse pipes and devices, which may be endless; for untrusted paths
  explicit ByteReader(std::filesystem::path path, bool regular_only = false);
  ~ByteReader();
  ByteReader(ByteReader&&) noexcept;
  ByteReader& operator=(ByteReader&&) = delete;

  /// The next n bytes without consuming them; fewer only at the end. n ≤ kMaxPeek. The view is
  /// valid until the next call.
  std::string_view peek(size_t n);
  /// Reads n bytes into `out`; fewer only at the end. @return the number read
  size_t read(void* out, size_t n);
  /// Reads exactly n bytes.
  /// @param what  name of the bytes, for messages: "the IDX header"
  /// @throws Error(data) if the file ends before
  void read_exactly(void* out, size_t n, std::string_view what);
  /// Reads exactly n bytes at `offset`, for uncompressed files only; does not move the position.
  void read_at(uint64_t offset, void* out, size_t n, std::string_view what) const;
  bool at_end();

  const std::filesystem::path& path() const { return path_; }
  /// Bytes of content read so far.
  uint64_t position() const { return position_; }
  /// Size of the content if it is stored uncompressed in a regular file.
  std::optional<uint64_t> plain_size() const;
  /// Upper bound on the bytes of content: the file's size, times the maximum compression ratio for
  /// gzip; unknown for a pipe. Sizes declared in a header are checked against it before memory is
  /// allocated.
  std::optional<uint64_t> max_content() const;

 private:
  struct Inflater;

  size_t read_file(void* out, size_t n);
  size_t inflate_into(void* out, size_t n);
  size_t fill(void* out, size_t n);

  std::filesystem::path path_;
  int file_ = -1;
  std::optional<uint64_t> file_size_;   // of a regular file, at opening
  uint64_t file_position_ = 0;          // bytes read of the file itself
  std::unique_ptr<Inflater> inflater_;  // null if the content is not gzip
  std::vector<char> buffer_;            // content ahead of the position: [begin_, end_)
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t position_ = 0;
};

}  // namespace ae
