// Loading detects any changed byte and any truncation of a checkpoint, and allocates no more memory
// than the file's size justifies.

#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>

#include "corruption/allocations.h"
#include "error_matchers.h"
#include "inference/trained_model.h"
#include "io/formats/safetensors_file.h"
#include "io/formats/safetensors_writer.h"
#include "one_thread.h"
#include "runs/inspect.h"
#include "small_checkpoint.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

/// Allowance for buffers of fixed size, the config and the model that it describes.
constexpr int64_t kConstantBytes = int64_t{2} << 20;

/// Masks of bits to flip in the byte at `at`: in turn the lowest, the highest, the case of a
/// letter, all. With AE_CORRUPTION=all, every mask for every byte.
std::vector<uint8_t> patterns(size_t at) {
  constexpr std::array<uint8_t, 4> kInTurn = {0x01, 0x80, 0x20, 0xff};
  const char* wanted = std::getenv("AE_CORRUPTION");
  if (wanted == nullptr || std::string_view(wanted) != "all") return {kInTurn[at % kInTurn.size()]};
  std::vector<uint8_t> all(255);
  std::iota(all.begin(), all.end(), uint8_t{1});
  return all;
}

using Load = std::function<void(const SmallCheckpoint&)>;

void resume(const SmallCheckpoint& checkpoint) {
  TrainingSnapshot snapshot = checkpoint.snapshot();
  load_snapshot(checkpoint.folder(), checkpoint.parameters(), snapshot);
}

void use(const SmallCheckpoint& checkpoint) { load_trained_model(checkpoint.folder(), at::kCPU); }

void look(const SmallCheckpoint& checkpoint) { inspection_text(inspect(checkpoint.folder())); }

/// A file of a checkpoint that is damaged repeatedly.
class Damage {
 public:
  Damage(const char* file, Load load)
      : path_(checkpoint_.folder() / file), load_(std::move(load)), whole_(bytes_of(path_)) {
    load_(checkpoint_);  // makes one-time allocations
  }

  /// Loads with these bytes in the file and expects an error.
  void expect_detected(std::string_view bytes, const std::string& what) {
    write_text_in_place(bytes);
    const AllocationPeak peak;
    try {
      load_(checkpoint_);
      ADD_FAILURE() << path_.filename() << ": " << what << " is not noticed";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data) << what << ": " << error.what();
      // The file named may differ: damage in one may be detected in another.
      EXPECT_NE(std::string(error.what()).find(checkpoint_.folder().string()), std::string::npos)
          << what << ": " << error.what();
    }
    most_bytes_ = std::max(most_bytes_, peak.bytes());
    EXPECT_LE(peak.bytes(), 2 * static_cast<int64_t>(whole_.size()) + kConstantBytes) << what;
    ++tried_;
  }

  void flip_every_byte() {
    for (size_t at = 0; at < whole_.size(); ++at) {
      for (const uint8_t pattern : patterns(at)) {
        std::string bytes = whole_;
        bytes[at] = static_cast<char>(static_cast<uint8_t>(bytes[at]) ^ pattern);
        expect_detected(bytes, fmt::format("byte {} with {:#04x} flipped", at, pattern));
        if (testing::Test::HasFailure()) return;
      }
    }
  }

  void cut_at_every_length() {
    for (size_t length = 0; length < whole_.size(); ++length) {
      expect_detected(std::string_view(whole_).substr(0, length),
                      fmt::format("a cut at {}", length));
      if (testing::Test::HasFailure()) return;
    }
  }

  void report() const {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    fmt::print("{} of {} bytes: {} damages noticed, at most {} bytes taken, {:.1f} s\n",
               path_.filename().string(), whole_.size(), tried_, most_bytes_, seconds);
  }

 private:
  /// Cheaper than creating the file again.
  void write_text_in_place(std::string_view bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  SmallCheckpoint checkpoint_;
  fs::path path_;
  Load load_;
  std::string whole_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  int64_t most_bytes_ = 0;
  int64_t tried_ = 0;
};

void damage_every_byte(const char* file, const Load& load) {
  Damage damage(file, load);
  damage.flip_every_byte();
  damage.cut_at_every_length();
  damage.report();
}

TEST(ADamagedCheckpoint, IsNoticedByEveryByteOfTheWeightsOnUse) {
  damage_every_byte("model.safetensors", use);
}

TEST(ADamagedCheckpoint, IsNoticedByEveryByteOfTheWeightsOnInspection) {
  damage_every_byte("model.safetensors", look);
}

TEST(ADamagedCheckpoint, IsNoticedByEveryByteOfTheWeightsOnResume) {
  damage_every_byte("model.safetensors", resume);
}

TEST(ADamagedCheckpoint, IsNoticedByEveryByteOfTheOptimizersState) {
  damage_every_byte("state.safetensors", resume);
}

TEST(ADamagedCheckpoint, IsNoticedByEveryByteOfTheProgress) {
  const SmallCheckpoint checkpoint;
  damage_every_byte("state.json", resume);
}

TEST(AllocationPeak, SeesWhatIsTaken) {
  if (!AllocationPeak::counts()) GTEST_SKIP() << "a sanitizer replaces the allocator";
  constexpr int64_t kBytes = 10 << 20;
  const AllocationPeak peak;
  EXPECT_LT(peak.bytes(), kBytes);
  {
    const at::Tensor tensor = at::full({kBytes / 4}, 1.0, at::kFloat);
  }
  {
    const std::vector<char> vector(2 * kBytes);
    asm volatile("" : : "r"(vector.data()) : "memory");  // keeps the allocation
  }
  EXPECT_GE(peak.bytes(), 2 * kBytes);
  EXPECT_LT(peak.bytes(), 3 * kBytes);
}

/// A model.safetensors whose stored config has been replaced by an untrusted one.
class AnUntrustedConfig : public testing::Test {
 protected:
  /// Replaces text in the header, then loads without checksums.
  void load_with(const std::string& from, const std::string& to) {
    fs::remove(checkpoint_.folder() / "state.json");
    const fs::path path = checkpoint_.folder() / "model.safetensors";
    const SafetensorsFile file = SafetensorsFile::read(path);
    std::map<std::string, std::string> metadata = file.metadata();
    for (auto& [key, text] : metadata) {
      const size_t at = text.find(from);
      if (at != std::string::npos) text.replace(at, from.size(), to);
    }
    EXPECT_NE(metadata, file.metadata()) << "nothing was replaced";
    write_safetensors(path, file.tensors(), metadata);
    peak_ = AllocationPeak();
    load_trained_model(checkpoint_.folder(), at::kCPU, Unverified::use);
  }

  SmallCheckpoint checkpoint_;
  AllocationPeak peak_;
};

TEST_F(AnUntrustedConfig, TakesNoMoreMemoryThanTheTensorsExplain) {
  // Ten million weights, 40 MB, which any machine could allocate.
  EXPECT_THAT([&] { load_with("\"hidden\":[4]", "\"hidden\":[1000000]"); },
              fails_on_data("model.safetensors", "more weights than the file"));
  EXPECT_LT(peak_.bytes(), kConstantBytes);
}

TEST_F(AnUntrustedConfig, OfAWideCodeIsRefused) {
  EXPECT_THAT([&] { load_with("\"latent_dim\":3", "\"latent_dim\":65536"); },
              fails_on_data("model.safetensors", "more weights than the file"));
  EXPECT_LT(peak_.bytes(), kConstantBytes);
}

TEST_F(AnUntrustedConfig, OfManyLayersIsRefused) {
  const auto load_with_layers = [&](int count) {
    std::string ones = "1";
    for (int i = 1; i < count; ++i) ones += ",1";
    load_with("\"hidden\":[4]", "\"hidden\":[" + ones + "]");
  };
  EXPECT_THAT([&] { load_with_layers(1000); },
              fails_on_data("model.safetensors", "more weights than the file"));
  EXPECT_THAT([&] { load_with_layers(20'000); },
              fails_on_data("model.safetensors", "at most 1000 integers"));
  EXPECT_LT(peak_.bytes(), 64 << 20) << "some 50 times the text of the config";
}

TEST_F(AnUntrustedConfig, ThatIsContradictoryIsTheFilesFault) {
  EXPECT_THAT([&] { load_with("\"contractive_weight\":0.0", "\"contractive_weight\":-1.0"); },
              fails_on_data("model.safetensors", "contractive_weight"));
}

TEST_F(AnUntrustedConfig, IsNestedNoDeeperThanAConfig) {
  EXPECT_THAT([&] { load_with("\"hidden\":[4]", "\"hidden\":" + std::string(100000, '[')); },
              fails_on_data("model.safetensors", "nested deeper"));
}

}  // namespace
}  // namespace ae
