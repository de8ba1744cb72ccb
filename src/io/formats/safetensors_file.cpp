#include "io/formats/safetensors_file.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "io/byte_reader.h"
#include "io/formats/array_rows.h"
#include "io/formats/safetensors_header.h"
#include "io/quote.h"

namespace ae {
namespace {

constexpr uint64_t kMaxHeaderBytes = 100'000'000;
constexpr size_t kLengthBytes = 8;

std::string read_header_text(ByteReader& reader, uint64_t file_bytes) {
  const std::string path = reader.path().string();
  unsigned char length[kLengthBytes];
  if (file_bytes < kLengthBytes) {
    throw data_error("{}: cut short: {} bytes; a safetensors file has at least {}", path,
                     file_bytes, kLengthBytes + 2);
  }
  reader.read_exactly(length, sizeof(length), "the header's length");
  uint64_t bytes = 0;
  for (size_t i = kLengthBytes; i-- > 0;) bytes = bytes << 8 | length[i];
  if (bytes > kMaxHeaderBytes) {
    throw data_error(
        "{}: declares a header of {} bytes; expected at most {}; the file is damaged, or"
        " not a safetensors file",
        path, bytes, kMaxHeaderBytes);
  }
  if (bytes > file_bytes - kLengthBytes) {
    throw data_error(
        "{}: cut short: declares a header of {} bytes, but {} follow; write the file"
        " again",
        path, bytes, file_bytes - kLengthBytes);
  }
  std::string text(static_cast<size_t>(bytes), '\0');
  reader.read_exactly(text.data(), text.size(), "the header");
  return text;
}

/// Checks that the tensors, sorted by offset, cover the data without overlap or gap.
void check_offsets(const std::filesystem::path& path, const std::vector<DeclaredTensor>& tensors,
                   uint64_t data_bytes) {
  uint64_t at = 0;
  for (const DeclaredTensor& tensor : tensors) {
    const auto count = element_count(tensor.shape);
    const std::string who = fmt::format("{}: tensor {}", path.string(), quote(tensor.name));
    if (tensor.begin > tensor.end || tensor.end > data_bytes) {
      throw data_error(
          "{} lies at bytes {} to {}, but the data has {}; the file is cut short or"
          " damaged",
          who, tensor.begin, tensor.end, data_bytes);
    }
    if (!count || *count * safetensors_type_bytes(tensor.type) != tensor.end - tensor.begin) {
      throw data_error(
          "{} has {} bytes, which do not match its shape and type {}; the file is"
          " damaged",
          who, tensor.end - tensor.begin, safetensors_type_name(tensor.type));
    }
    if (tensor.begin != at) {
      throw data_error(
          "{} begins at byte {} of the data; expected {}, where the previous tensor"
          " ends; the file is damaged",
          who, tensor.begin, at);
    }
    at = tensor.end;
  }
  if (at != data_bytes) {
    throw data_error("{}: {} bytes follow the last tensor; expected none; the file is damaged",
                     path.string(), data_bytes - at);
  }
}

}  // namespace

SafetensorsFile SafetensorsFile::load(const std::filesystem::path& path, bool with_data) {
  ByteReader reader(path, /*regular_only=*/true);
  const auto file_bytes = reader.plain_size();
  if (!file_bytes) {
    throw data_error(
        "{}: is compressed; expected a plain safetensors file; decompress it"
        " first",
        path.string());
  }
  SafetensorsHeader header = parse_safetensors_header(read_header_text(reader, *file_bytes), path);
  const uint64_t data_bytes = *file_bytes - reader.position();
  std::sort(header.tensors.begin(), header.tensors.end(),
            [](const DeclaredTensor& a, const DeclaredTensor& b) {
              return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
            });
  check_offsets(path, header.tensors, data_bytes);

  SafetensorsFile file;
  file.metadata_ = std::move(header.metadata);
  if (with_data) {
    file.data_ = std::make_unique_for_overwrite<std::byte[]>(static_cast<size_t>(data_bytes));
    reader.read_exactly(file.data_.get(), static_cast<size_t>(data_bytes), "the tensors");
  }
  for (DeclaredTensor& tensor : header.tensors) {
    std::span<const std::byte> bytes;
    if (with_data) {
      bytes = {file.data_.get() + tensor.begin, static_cast<size_t>(tensor.end - tensor.begin)};
    }
    file.index_.emplace(tensor.name, file.tensors_.size());
    file.tensors_.push_back({std::move(tensor.name), tensor.type, std::move(tensor.shape), bytes});
  }
  return file;
}

SafetensorsFile SafetensorsFile::read(const std::filesystem::path& path) {
  return load(path, true);
}

SafetensorsFile SafetensorsFile::read_header(const std::filesystem::path& path) {
  return load(path, false);
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const {
  const auto at = index_.find(name);
  return at == index_.end() ? nullptr : &tensors_[at->second];
}

}  // namespace ae
