#include "config/commented_json.h"

#include <gtest/gtest.h>

namespace ae {
namespace {

TEST(CommentedJson, WritesJsonWithCommentsThatReadsBack) {
  CommentedJson config;
  config.add("name", "a \"b\"", "why");
  CommentedJson& model = config.object("model", std::string(60, 'x') + " " + std::string(60, 'y'));
  model.add("encoder", {{"type", "mlp"}, {"hidden", {64, 32}}}).add("widths", Json::array());
  EXPECT_EQ(config.text(),
            "{\n"
            "  // why\n"
            "  \"name\": \"a \\\"b\\\"\",\n"
            "  // " +
                std::string(60, 'x') +
                "\n"
                "  // " +
                std::string(60, 'y') +
                "\n"
                "  \"model\": {\n"
                "    \"encoder\": {\"type\": \"mlp\", \"hidden\": [64, 32]},\n"
                "    \"widths\": []\n"
                "  }\n"
                "}");
  EXPECT_EQ(parse_json(config.text(), "test"), config.json());
}

}  // namespace
}  // namespace ae
