#include "config/stored_json.h"

#include <gtest/gtest.h>

#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

TEST(StoredJson, IsRead) {
  const TempDir dir;
  const std::string text(100'000, 'x');
  EXPECT_EQ(read_stored_json(dir.write("a.json", "{\"a\": 1}"))["a"], 1);
  EXPECT_EQ(read_stored_json(dir.write("a.json", "[\"" + text + "\"]"))[0], text);
}

TEST(StoredJson, IsTheFilesFaultWhereItIsWrong) {
  const TempDir dir;
  const auto reading = [&](const std::string& text) {
    return [path = dir.write("a.json", text)] { read_stored_json(path); };
  };
  EXPECT_THAT(reading(""), fails_on_data("a.json: not valid JSON"));
  EXPECT_THAT(reading("{\"a\": 1, \"a\": 2}"), fails_on_data("a.json: key \"a\" is given twice"));
  EXPECT_THAT(reading(std::string(100'000, '[')), fails_on_data("a.json: nested deeper"));
  EXPECT_THAT([&] { read_stored_json(dir / "no.json"); }, fails_on_data("no.json"));
  EXPECT_THAT([&] { read_stored_json(dir.path()); }, fails_on_data("is a folder"));
  EXPECT_THAT([] { read_stored_json("/dev/zero"); },
              fails_on_data("/dev/zero: is a device or pipe"));
}

}  // namespace
}  // namespace ae
