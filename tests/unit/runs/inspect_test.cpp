#include "runs/inspect.h"

#include <gtest/gtest.h>

#include "error_matchers.h"
#include "io/formats/safetensors_writer.h"
#include "temp_dir.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A run with untrusted files.
class AStrangersRun : public testing::Test {
 protected:
  AStrangersRun() {
    fs::create_directories(checkpoint_);
    write_model({});
  }

  void write_model(const std::map<std::string, std::string>& metadata) const {
    write_safetensors(checkpoint_ / "model.safetensors", tensors_, metadata);
  }
  std::string text() const { return inspection_text(inspect(checkpoint_)); }

  TempDir run_;
  fs::path checkpoint_ = run_ / "checkpoints/step_1";
  std::vector<TensorEntry> tensors_;
};

const std::string kNested = std::string(200'000, '[') + std::string(200'000, ']');

TEST_F(AStrangersRun, HasNestedMetadata) {
  write_model({{"config", kNested}, {"preprocessing", kNested}});
  EXPECT_THAT(text(), Not(HasSubstr("config:")));
}

TEST_F(AStrangersRun, HasANestedManifest) {
  run_.write("manifest.json", "{\"started\": " + kNested + "}");
  EXPECT_THAT([&] { text(); }, fails_on_data("manifest.json: nested deeper"));
}

TEST_F(AStrangersRun, HasNestedMetrics) {
  run_.write("manifest.json", "{}");
  run_.write("metrics.jsonl", "{\"split\": \"train\", \"loss\": " + kNested +
                                  "}\n{\"split\": \"test\", \"loss\": 1}\n");
  EXPECT_THAT(text(), AllOf(HasSubstr("test: loss 1"), Not(HasSubstr("train:"))));
}

TEST_F(AStrangersRun, HasOtherKindsOfValues) {
  run_.write("manifest.json", R"({"started": 3, "device": null, "versions": [1, "x"]})");
  run_.write("metrics.jsonl", "{\"split\": 3}\n[]\n3\n");
  EXPECT_THAT(text(), HasSubstr("started at an unknown time; unknown device"));
}

TEST_F(AStrangersRun, DoesNotSteerTheTerminal) {
  tensors_ = {{"a\x1b[2J", SafetensorsType::u8, {0}, {}}};
  write_model({{"preprocessing", R"({"a\u001b": "\u001b[2J"})"}});
  run_.write("manifest.json", R"({"started": "\u001b[2J", "versions": {"\u001b": "\u0007"}})");
  run_.write("metrics.jsonl", R"({"split": "\u001b", "loss": "\u001b"})");
  EXPECT_THAT(text(), AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), HasSubstr("\\x1b[2J")));
}

}  // namespace
}  // namespace ae
