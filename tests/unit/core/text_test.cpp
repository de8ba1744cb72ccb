#include "core/text.h"

#include <gtest/gtest.h>

namespace ae {
namespace {

const std::vector<std::string> kKeys = {"latent_dim", "latent", "learning_rate", "kl", "seed"};

TEST(Nearest, FindsWhatWasMeant) {
  EXPECT_EQ(nearest("latnt_dim", kKeys), "latent_dim");
  EXPECT_EQ(nearest("LATENT_DIM", kKeys), "latent_dim");
  EXPECT_EQ(nearest("latent", kKeys), "latent");
  EXPECT_EQ(nearest("learningrate", kKeys), "learning_rate");
  EXPECT_EQ(nearest("seeds", kKeys), "seed");
}

TEST(Nearest, CountsATranspositionOnce) {
  // Two substitutions would replace the whole word.
  const std::vector<std::string> words = {"lk"};
  EXPECT_EQ(nearest("kl", words), "lk");
}

TEST(Nearest, IsSilentWhereNothingIsNear) {
  EXPECT_EQ(nearest("banana", kKeys), "");
  EXPECT_EQ(nearest("xy", kKeys), "");  // as many edits as the word has letters
  EXPECT_EQ(nearest("latent_dim", {}), "");
  EXPECT_EQ(nearest(std::string(5'000, 'l'), kKeys), "");
  EXPECT_EQ(nearest("", kKeys), "");
}

TEST(DidYouMean, IsAClauseOrNothing) {
  EXPECT_EQ(did_you_mean("latnt_dim", kKeys), "; did you mean \"latent_dim\"?");
  EXPECT_EQ(did_you_mean("banana", kKeys), "");
}

TEST(Text, Joins) {
  const std::vector<std::string> words = {"a", "b", "c"};
  EXPECT_EQ(join(words), "a, b, c");
  EXPECT_EQ(join(words, " and "), "a and b and c");
  EXPECT_EQ(join({}), "");
}

TEST(Text, Shapes) {
  const std::vector<int64_t> shape = {1, 28, 28};
  EXPECT_EQ(shape_text(shape), "1×28×28");
  EXPECT_EQ(shape_text(std::span(shape).first(1)), "1");
}

TEST(Text, GroupsThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(grouped(-123'456), "-123,456");
  EXPECT_EQ(grouped(-12), "-12");
  EXPECT_EQ(grouped(INT64_MAX), "9,223,372,036,854,775,807");
}

TEST(Text, Durations) {
  EXPECT_EQ(duration_text(3.21), "3.2 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(59.6), "1 min 0 s");
  EXPECT_EQ(duration_text(250), "4 min 10 s");
  EXPECT_EQ(duration_text(7'500), "2 h 5 min");
}

}  // namespace
}  // namespace ae
