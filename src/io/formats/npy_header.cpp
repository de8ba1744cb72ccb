#include "io/formats/npy_header.h"

#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/error.h"
#include "io/quote.h"

namespace ae {
namespace {

constexpr size_t kMaxNpyHeaderBytes = size_t{64} << 10;
constexpr size_t kMaxNpyAxes = 8;
constexpr size_t kNpyAlignment = 64;

struct Descr {
  const char* name;
  NumberType type;
};
constexpr std::array<Descr, 12> kDescrs = {{{"b1", NumberType::boolean},
                                            {"i1", NumberType::int8},
                                            {"u1", NumberType::uint8},
                                            {"i2", NumberType::int16},
                                            {"u2", NumberType::uint16},
                                            {"i4", NumberType::int32},
                                            {"u4", NumberType::uint32},
                                            {"i8", NumberType::int64},
                                            {"u8", NumberType::uint64},
                                            {"f2", NumberType::float16},
                                            {"f4", NumberType::float32},
                                            {"f8", NumberType::float64}}};

/// Parses the header, a Python dictionary, in the subset of the syntax that NumPy writes.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::filesystem::path& path)
      : rest_(text), path_(path) {}

  ArrayHeader parse() {
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr" && !descr_) {
        descr_ = descr();
      } else if (key == "fortran_order" && !fortran_order_) {
        fortran_order_ = boolean();
      } else if (key == "shape" && !shape_) {
        shape_ = shape();
      } else {
        fail(fmt::format("unexpected or duplicate key {}", quote(key)));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!rest_.empty()) fail(fmt::format("{} after the dictionary", quote(rest_)));
    if (!descr_ || !fortran_order_ || !shape_) fail("a key is missing");
    ArrayHeader header;
    header.format = ".npy";
    header.layout = *descr_;
    header.shape = *shape_;
    header.fortran_order = *fortran_order_;
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw data_error(
        "{}: .npy header is malformed: {}; expected the keys descr, fortran_order and"
        " shape as NumPy writes them",
        path_.string(), what);
  }

  void skip_space() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n')) rest_.remove_prefix(1);
  }

  bool accept(char c) {
    skip_space();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail(fmt::format("expected '{}' before {}", c, quote(rest_)));
  }

  std::string_view string() {
    skip_space();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) {
      fail(fmt::format("expected a string before {}", quote(rest_)));
    }
    const size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) fail("a string is not closed");
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }

  NumberLayout descr() {
    skip_space();
    if (!rest_.empty() && rest_[0] == '[') {
      throw data_error(
          "{}: array of records (a structured dtype); expected numbers of one type;"
          " save each field as a separate array",
          path_.string());
    }
    const std::string_view text = string();
    if (!text.empty()) {
      const auto* found = std::find_if(kDescrs.begin(), kDescrs.end(),
                                       [&](const Descr& d) { return text.substr(1) == d.name; });
      if (found != kDescrs.end() && std::string_view("<>|=").find(text[0]) != std::string::npos) {
        return {found->type, text[0] == '>'};
      }
    }
    const bool objects = text.size() > 1 && text[1] == 'O';
    throw data_error(
        "{}: array of type {}{}; expected bool, int8 to int64, uint8 to uint64,"
        " float16, float32 or float64; convert it, in NumPy with"
        " array.astype(\"float32\")",
        path_.string(), quote(text), objects ? " (Python objects)" : "");
  }

  bool boolean() {
    skip_space();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (rest_.starts_with(word)) {
        rest_.remove_prefix(word.size());
        return value;
      }
    }
    fail(fmt::format("expected True or False before {}", quote(rest_)));
  }

  std::vector<int64_t> shape() {
    std::vector<int64_t> sizes;
    expect('(');
    while (!accept(')')) {
      skip_space();
      int64_t size = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (error != std::errc() || size < 0) {
        fail(fmt::format("expected a size before {}", quote(rest_)));
      }
      rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
      accept('L');  // suffix of Python 2's long integers
      sizes.push_back(size);
      if (sizes.size() > kMaxNpyAxes) fail(fmt::format("more than {} axes", kMaxNpyAxes));
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }

  std::string_view rest_;
  const std::filesystem::path& path_;
  std::optional<NumberLayout> descr_;
  std::optional<bool> fortran_order_;
  std::optional<std::vector<int64_t>> shape_;
};

}  // namespace

ArrayHeader read_npy_header(ByteReader& reader) {
  constexpr std::string_view kWhat = "the .npy header";
  std::array<unsigned char, 8> start{};
  reader.read_exactly(start.data(), start.size(), kWhat);
  const unsigned version = start[6];
  if (version < 1 || version > 3) {
    throw data_error("{}: .npy version {}.{}; expected 1.0, 2.0 or 3.0", reader.path().string(),
                     version, start[7]);
  }
  std::array<unsigned char, 4> length{};
  reader.read_exactly(length.data(), version == 1 ? 2 : 4, kWhat);
  const size_t bytes =
      length[0] | size_t{length[1]} << 8 | size_t{length[2]} << 16 | size_t{length[3]} << 24;
  if (bytes > kMaxNpyHeaderBytes) {
    throw data_error("{}: .npy header of {} bytes; expected at most {}; the file is damaged",
                     reader.path().string(), bytes, kMaxNpyHeaderBytes);
  }
  std::string text(bytes, '\0');
  reader.read_exactly(text.data(), bytes, kWhat);
  ArrayHeader header = HeaderParser(text, reader.path()).parse();
  header.data_offset = reader.position();
  return header;
}

std::string npy_header(std::string_view descr, std::span<const int64_t> shape, size_t bytes) {
  constexpr size_t kPreamble = 10;  // magic, version, length
  const std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr,
                  fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const size_t min_bytes = kPreamble + text.size() + 1;
  const size_t total =
      std::max(bytes, (min_bytes + kNpyAlignment - 1) / kNpyAlignment * kNpyAlignment);
  const size_t length = total - kPreamble;
  std::string header(kNpyMagic);
  header += {'\1', '\0', static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};
  header += text;
  header.append(total - header.size() - 1, ' ');
  return header + '\n';
}

}  // namespace ae
