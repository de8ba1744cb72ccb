// Exit codes and messages for damaged checkpoints; tests/corruption covers every byte.

#include <gtest/gtest.h>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

struct Damage {
  const char* file;
  double place;  ///< position of the byte, as a fraction of the file
  bool cut;      ///< truncates the file there, instead of flipping the byte
};

void PrintTo(const Damage& damage, std::ostream* stream) {
  *stream << damage.file << (damage.cut ? " cut at " : " flipped at ") << damage.place;
}

class ADamagedCheckpoint : public testing::TestWithParam<Damage> {};

TEST_P(ADamagedCheckpoint, IsRefusedByEveryProgramThatReadsIt) {
  const auto& [file, place_in_file, cut] = GetParam();
  const Workplace place;
  fs::create_directory(place / "runs");
  fs::copy(trained_vae(), place / "runs/vae",
           fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  for (const char* link : {"last", "best"}) {
    const fs::path path = place / "runs/vae/checkpoints" / link / file;
    std::string bytes = bytes_of(path);
    const auto at = static_cast<size_t>(place_in_file * static_cast<double>(bytes.size()));
    if (cut) {
      bytes.resize(at);
    } else {
      bytes[at] = static_cast<char>(bytes[at] ^ 0x04);
    }
    std::ofstream(path, std::ios::binary) << bytes;
    // Both links may point to the same folder.
    if (fs::equivalent(place / "runs/vae/checkpoints/last", place / "runs/vae/checkpoints/best")) {
      break;
    }
  }
  const auto refused = fails_as(3, {"runs/vae/checkpoints"});
  EXPECT_THAT(place.train(digits_config("vae"), {"--resume"}), refused);
  EXPECT_THAT(place.run("ae-inspect", {"runs/vae"}), refused);
  if (std::string_view(file) != "model.safetensors") return;  // these read no others
  EXPECT_THAT(
      place.run("ae-encode", {"runs/vae", "--data", digits_csv().string(), "--out", "x.npy"}),
      refused);
  EXPECT_FALSE(fs::exists(place / "x.npy"));
}

INSTANTIATE_TEST_SUITE_P(
    Places, ADamagedCheckpoint,
    testing::Values(Damage{"model.safetensors", 0, false}, Damage{"model.safetensors", 0.1, false},
                    Damage{"model.safetensors", 0.6, false},
                    Damage{"model.safetensors", 0.9999, false},
                    Damage{"model.safetensors", 0, true}, Damage{"model.safetensors", 0.1, true},
                    Damage{"model.safetensors", 0.6, true}, Damage{"state.safetensors", 0.5, false},
                    Damage{"state.safetensors", 0.5, true}, Damage{"state.json", 0, false},
                    Damage{"state.json", 0.5, true}));

}  // namespace
}  // namespace ae
