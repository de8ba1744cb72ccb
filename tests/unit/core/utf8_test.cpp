#include "core/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace ae {
namespace {

TEST(Utf8, IsToldFromOtherBytes) {
  for (const char* text :
       {"", "plain", "größe", "漢字", "😀", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  EXPECT_TRUE(is_utf8(std::string(1, '\0')));
  for (const char* text : {"\xff", "\x80", "gr\xf6", "\xc3", "\xc3g", "\xe2\x82", "\xf0\x9f\x98",
                           "\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80",  // longer than needed
                           "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace ae
