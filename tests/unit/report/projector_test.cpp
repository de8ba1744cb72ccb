#include "report/tensorboard/projector.h"

#include <gmock/gmock.h>

#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

TEST(ProjectorTest, WritesCodesAlone) {
  const TempDir dir;
  const std::vector<float> codes = {1, 2.5F, -3e-9F, 0.1F};
  write_projector(dir / "new", {.codes = codes, .width = 2});
  EXPECT_EQ(bytes_of(dir / "new/tensors.tsv"), "1\t2.5\n-3e-09\t0.1\n");
  EXPECT_EQ(bytes_of(dir / "new/projector_config.pbtxt"),
            "embeddings {\n  tensor_name: \"codes\"\n  tensor_path: \"tensors.tsv\"\n}\n");
  EXPECT_FALSE(std::filesystem::exists(dir / "new/metadata.tsv"));
}

TEST(ProjectorTest, HasAHeaderForSeveralColumnsOnly) {
  const TempDir dir;
  const std::vector<float> codes = {1, 2};
  write_projector(dir.path(),
                  {.codes = codes, .width = 1, .columns = {"label"}, .labels = {{"a", ""}}});
  EXPECT_EQ(bytes_of(dir / "metadata.tsv"), "a\n(empty)\n");
  write_projector(dir.path(), {.codes = codes,
                               .width = 1,
                               .columns = {"label", "split"},
                               .labels = {{"", "b"}, {"train", ""}}});
  EXPECT_EQ(bytes_of(dir / "metadata.tsv"), "label\tsplit\n\ttrain\nb\t\n");
}

TEST(ProjectorTest, EscapesWhatWouldBreakItsFiles) {
  const TempDir dir;
  const std::vector<float> codes = {1, 2};
  write_projector(dir.path(), {.name = "a \"b\" \\ \n",
                               .codes = codes,
                               .width = 1,
                               .columns = {"label"},
                               .labels = {{"a\tb", "c\nd\xff"}},
                               .sprite = ProjectorSprite{"sprite.png", 28, 20}});
  EXPECT_EQ(bytes_of(dir / "metadata.tsv"), "a\\x09b\nc\\nd\\xff\n");
  EXPECT_EQ(bytes_of(dir / "projector_config.pbtxt"),
            "embeddings {\n  tensor_name: \"a \\\"b\\\" \\\\ \\\\n\"\n"
            "  tensor_path: \"tensors.tsv\"\n  metadata_path: \"metadata.tsv\"\n"
            "  sprite {\n    image_path: \"sprite.png\"\n    single_image_dim: 28\n"
            "    single_image_dim: 20\n  }\n}\n");
}

TEST(ProjectorTest, NamesAFolderThatCannotBeMade) {
  const TempDir dir;
  dir.write("file", "");
  EXPECT_THAT([&] { write_projector(dir / "file", {.width = 1}); }, fails_on_data("file"));
}

}  // namespace
}  // namespace ae
