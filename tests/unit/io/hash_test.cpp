#include "io/hash.h"

#include <gtest/gtest.h>

#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

// The expected values are those of the command xxh128sum.
TEST(Hasher, GivesXxh128InPiecesOfAnySize) {
  EXPECT_EQ(Hasher().hex(), "99aa06d3014798d86001c324468d497f");
  Hasher whole;
  whole.update("hello world", 11);
  EXPECT_EQ(whole.hex(), "df8d09e93f874900a99b8775cc15b6c7");
  Hasher pieces;
  pieces.update("hello", 5);
  EXPECT_NE(pieces.hex(), whole.hex());
  pieces.update(" world", 6);
  EXPECT_EQ(pieces.hex(), whole.hex());
}

TEST(Hasher, HashesFiles) {
  const TempDir dir;
  EXPECT_EQ(hash_of_file(dir.write("file", "hello world")), "df8d09e93f874900a99b8775cc15b6c7");
  EXPECT_THAT([&] { hash_of_file(dir / "absent"); }, fails_on_data("absent: no such file"));
  EXPECT_THAT([&] { hash_of_file(dir.path()); }, fails_on_data("is a folder"));
}

}  // namespace
}  // namespace ae
