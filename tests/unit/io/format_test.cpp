#include "io/formats/format.h"

#include <gtest/gtest.h>

#include "content.h"
#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

using namespace std::string_literals;

TEST(Format, GoesByContentWhateverTheName) {
  const TempDir dir;
  const auto name = [&](const std::string& bytes) {
    ByteReader reader(dir.write("data.csv", bytes));
    return std::string(recognise(reader).name);
  };
  EXPECT_EQ(name(npy("|u1", "1,", "a")), "npy");
  EXPECT_EQ(name(gzipped(npy("|u1", "1,", "a"))), "npy");
  EXPECT_EQ(name(idx(0x08, {1}, "a")), "IDX");
  EXPECT_EQ(name("1,2\n"), "CSV");
  EXPECT_EQ(name(gzipped("1,2\n")), "CSV");
  EXPECT_EQ(name("\xff\xfe"
                 "1\0,\0"s),
            "CSV");
}

TEST(Format, ListsWhatThereIsForUnknownContent) {
  const TempDir dir;
  const auto open = [&](const std::string& bytes) {
    const auto path = dir.write("data", bytes);
    return [path] { open_rows(path); };
  };
  EXPECT_THAT(open("\x01\x02\x03\x04\x05"s),
              fails_on_data("begins with bytes 01 02 03 04", "npy (", "IDX (", "CSV ("));
  EXPECT_THAT(open("\0\0\x07\x03"s), fails_on_data("begins with bytes 00 00 07 03"));
  EXPECT_THAT(open("\x01"), fails_on_data("begins with bytes 01,"));
  EXPECT_THAT(open(""), fails_on_data("is empty"));
  EXPECT_THAT(open(gzipped("")), fails_on_data("is empty"));
}

TEST(Format, NamesWellKnownContentOfOtherKinds) {
  const TempDir dir;
  const auto open = [&](const std::string& bytes) {
    const auto path = dir.write("data", bytes);
    return [path] { open_rows(path); };
  };
  EXPECT_THAT(open("PK\x03\x04 archive"), fails_on_data("zip archive (.npz", "numpy.save"));
  EXPECT_THAT(open("\x89PNG\r\n"), fails_on_data("PNG image"));
  EXPECT_THAT(open("<!DOCTYPE html>"), fails_on_data("web page", "fetch"));
  EXPECT_THAT(open("version https://git-lfs.github.com/spec/v1\n"), fails_on_data("git lfs pull"));
  EXPECT_THAT(open("{\"a\": 1}"), fails_on_data("JSON"));
  EXPECT_THAT(open("\x10\0\0\0\0\0\0\0{\"a\":1}"s), fails_on_data("safetensors"));
  EXPECT_THAT(open("\xff\xfe\0\0"
                   "1\0\0\0"s),
              fails_on_data("UTF-32"));
}

TEST(Format, EveryFormatSaysWhatItIs) {
  for (const Format& format : formats()) {
    EXPECT_FALSE(std::string(format.name).empty());
    EXPECT_FALSE(std::string(format.summary).empty());
    EXPECT_FALSE(format.recognises("")) << format.name;
  }
}

}  // namespace
}  // namespace ae
