#include "io/formats/detect_unsupported.h"

#include <array>

namespace ae {
namespace {

struct Signature {
  std::string_view start;
  std::string_view what;
};

using namespace std::string_view_literals;

constexpr std::array kSignatures = {
    Signature{"PK\x03\x04"sv,
              "a zip archive (.npz, .xlsx); save each array with numpy.save, each table as CSV"},
    Signature{"\x89PNG"sv,
              "a PNG image; stack the images into one array and save it with numpy.save"},
    Signature{"\xff\xd8\xff"sv,
              "a JPEG image; stack the images into one array and save it with numpy.save"},
    Signature{"\x89HDF"sv, "an HDF5 file; save its array with numpy.save"},
    Signature{"PAR1"sv, "a Parquet file; save its table as CSV or with numpy.save"},
    Signature{"SQLite format 3"sv, "an SQLite database; save its table as CSV"},
    Signature{"BZh"sv, "compressed by bzip2; decompress it, or use gzip"},
    Signature{"\xfd"
              "7zXZ"sv,
              "compressed by xz; decompress it, or use gzip"},
    Signature{"\x28\xb5\x2f\xfd"sv, "compressed by zstd; decompress it, or use gzip"},
    Signature{"\xff\xfe\0\0"sv, "text in UTF-32; save it as UTF-8"},
    Signature{"\0\0\xfe\xff"sv, "text in UTF-32; save it as UTF-8"},
    Signature{"<!DOCTYPE"sv, "a web page, as left by a failed download; fetch the file again"},
    Signature{"<!doctype"sv, "a web page, as left by a failed download; fetch the file again"},
    Signature{"<html"sv, "a web page, as left by a failed download; fetch the file again"},
    Signature{"version https://git-lfs"sv,
              "a Git LFS pointer; fetch its content with git lfs pull"},
    Signature{"\x80\x02"sv, "a Python pickle; save its array with numpy.save"},
    Signature{"\x80\x03"sv, "a Python pickle; save its array with numpy.save"},
    Signature{"\x80\x04"sv, "a Python pickle; save its array with numpy.save"},
    Signature{"\x80\x05"sv, "a Python pickle; save its array with numpy.save"},
    Signature{"{"sv, "JSON; save its numbers as CSV or with numpy.save"},
};

}  // namespace

std::string_view detect_unsupported(std::string_view head) {
  for (const Signature& signature : kSignatures) {
    if (head.starts_with(signature.start)) return signature.what;
  }
  if (head.size() > 8 && head.substr(6, 3) == "\0\0{"sv) {
    return "a safetensors file, such as a checkpoint; save its array with numpy.save";
  }
  return "";
}

}  // namespace ae
