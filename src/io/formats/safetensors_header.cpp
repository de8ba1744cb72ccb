#include "io/formats/safetensors_header.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/error.h"
#include "io/formats/safetensors_type.h"
#include "io/quote.h"

namespace ae {
namespace {

constexpr size_t kMaxTensorAxes = 64;
constexpr std::string_view kMetadataKey = "__metadata__";

/// SAX handler of the header: refuses deep nesting, duplicate names and unknown content at once,
/// which bounds memory.
class HeaderReader {
 public:
  explicit HeaderReader(const std::filesystem::path& path) : path_(path) {}

  SafetensorsHeader take() { return std::move(header_); }

  // Interface of nlohmann::json's SAX parser.
  bool null() { return fail("null"); }
  bool boolean(bool) { return fail("a boolean"); }
  bool number_integer(int64_t value) { return fail(std::to_string(value)); }
  bool number_float(double, const std::string& text) { return fail(quote(text)); }
  bool binary(std::vector<uint8_t>&) { return fail("binary data"); }

  bool number_unsigned(uint64_t value) {
    if (place_ == Place::shape) {
      if (value > std::numeric_limits<int64_t>::max()) return fail(std::to_string(value));
      if (tensor().shape.size() == kMaxTensorAxes)
        return fail(fmt::format("axis {}", kMaxTensorAxes + 1));
      tensor().shape.push_back(static_cast<int64_t>(value));
      return true;
    }
    if (place_ == Place::offsets && offsets_ < 2) {
      (offsets_++ == 0 ? tensor().begin : tensor().end) = value;
      return true;
    }
    return fail(std::to_string(value));
  }

  bool string(std::string& text) {
    if (place_ == Place::metadata) {
      if (!header_.metadata.emplace(key_, text).second) return fail("a duplicate key");
      return true;
    }
    if (place_ == Place::tensor && key_ == "dtype") {
      const auto type = safetensors_type(text);
      if (!type) {
        throw data_error("{}: tensor {} has type {}; expected one of {}", path_.string(),
                         quote(tensor().name), quote(text), safetensors_type_names());
      }
      tensor().type = *type;
      return true;
    }
    return fail(quote(text));
  }

  bool start_object(size_t) {
    if (place_ == Place::start) {
      place_ = Place::root;
    } else if (place_ == Place::root && key_ == kMetadataKey) {
      place_ = Place::metadata;
    } else if (place_ == Place::root) {
      place_ = Place::tensor;
      header_.tensors.emplace_back().name = key_;
      seen_.clear();
    } else {
      return fail("an object");
    }
    return true;
  }

  bool key(std::string& text) {
    key_ = text;
    if (place_ == Place::root && !names_.insert(text).second) {
      throw data_error("{}: safetensors header contains {} twice; expected unique names",
                       path_.string(), quote(text));
    }
    if (place_ == Place::tensor) {
      const bool known = text == "dtype" || text == "shape" || text == "data_offsets";
      if (!known || !seen_.insert(text).second) return fail("an unknown or duplicate key");
    }
    return true;
  }

  bool end_object() {
    if (place_ == Place::tensor && seen_.size() != 3) {
      throw data_error(
          "{}: tensor {} lacks one of dtype, shape, data_offsets; write the file again",
          path_.string(), quote(tensor().name));
    }
    place_ = place_ == Place::root ? Place::start : Place::root;
    return true;
  }

  bool start_array(size_t) {
    if (place_ != Place::tensor || key_ == "dtype") return fail("a list");
    place_ = key_ == "shape" ? Place::shape : Place::offsets;
    offsets_ = 0;
    return true;
  }

  bool end_array() {
    if (place_ == Place::offsets && offsets_ != 2) return fail("a list of other than two offsets");
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) {
    throw data_error("{}: safetensors header is not valid JSON at byte {}; the file is damaged",
                     path_.string(), position);
  }

 private:
  enum class Place { start, root, metadata, tensor, shape, offsets };

  DeclaredTensor& tensor() { return header_.tensors.back(); }

  bool fail(const std::string& what) const {
    throw data_error(
        "{}: safetensors header: {} at key {}; expected names with dtype, shape and"
        " data_offsets; the file is damaged",
        path_.string(), what, quote(key_));
  }

  const std::filesystem::path& path_;
  SafetensorsHeader header_;
  Place place_ = Place::start;
  std::string key_;
  std::set<std::string> names_;
  std::set<std::string> seen_;  // keys of the current tensor
  int offsets_ = 0;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json,
                                           const std::filesystem::path& path) {
  if (!json.starts_with('{')) {
    throw data_error("{}: safetensors header begins with {}; expected '{{'; the file is damaged",
                     path.string(), quote(json.substr(0, 1)));
  }
  HeaderReader reader(path);
  nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
  return reader.take();
}

}  // namespace ae
