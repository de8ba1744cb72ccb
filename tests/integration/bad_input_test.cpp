// Unusable data, paths and runs are refused with one line and the right exit code, and no file is
// left behind.

#include <gtest/gtest.h>
#include <zlib.h>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

/// A config with the data file `path`, relative to the config's folder.
Json config_of(const std::string& path) {
  Json config = digits_config("autoencoder", 1);
  config["data"] = {{"train", {{"path", path}}}};
  return config;
}

std::string gzipped(const TempDir& place, const std::string& bytes) {
  const fs::path path = place / "packed";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  const std::string packed = bytes_of(path);
  fs::remove(path);
  return packed;
}

std::string npy(const std::string& type, const std::string& shape, const std::string& data) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(117, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" + data;
}

struct BadData {
  const char* name;
  std::string file;
  std::string bytes;
  bool gzip;
  size_t kept;  ///< number of the file's bytes to write; 0 for all
  std::vector<std::string> said;
};

void PrintTo(const BadData& tested, std::ostream* stream) { *stream << tested.name; }

class BadDataFile : public testing::TestWithParam<BadData> {};

TEST_P(BadDataFile, IsRefusedByTrainingAndEncodingWithItsPlace) {
  const BadData& tested = GetParam();
  const Workplace place;
  std::string bytes = tested.gzip ? gzipped(place, tested.bytes) : tested.bytes;
  if (tested.kept != 0) bytes.resize(tested.kept);
  place.write(tested.file, bytes);
  std::vector<std::string> said = tested.said;
  said.push_back(tested.file);
  EXPECT_THAT(place.train(config_of(tested.file)), fails_as(3, said));
  const ProgramResult encoded =
      place.run("ae-encode", {trained_vae().string(), "--data", tested.file, "--out", "x.npy"});
  EXPECT_THAT(encoded, fails_as(3, {tested.file}));
  EXPECT_EQ(place.entries(), 2U) << "the config and the data";
}

const std::string kNumbers(16, '\0');

INSTANTIATE_TEST_SUITE_P(
    Files, BadDataFile,
    testing::Values(
        BadData{"Empty", "d.csv", "", false, 0, {"is empty"}},
        BadData{"WrongMagic",
                "d.bin",
                "\x7f"
                "ELF\x02\x01\x01",
                false,
                0,
                {}},
        BadData{"Ragged", "d.csv", "a,b\n1,2\n3\n", false, 0, {"line 3"}},
        BadData{"TextInNumbers", "d.csv", "a,b\n1,2\n3,x\n", false, 0, {"line 3", "\"x\""}},
        BadData{"NotANumber", "d.csv", "a,b\n1,2\n3,nan\n", false, 0, {"line 3", "nan"}},
        BadData{"NanInArray",
                "d.npy",
                npy("<f4", "(2, 1)", std::string("\0\0\0\0\0\0\xc0\x7f", 8)),
                false,
                0,
                {"[1, 0]"}},
        BadData{"CutShort", "d.npy", npy("<f4", "(3, 2)", kNumbers), false, 0, {"cut short"}},
        BadData{
            "TrailingBytes", "d.npy", npy("<f4", "(1, 2)", kNumbers), false, 0, {"trailing bytes"}},
        BadData{"HugeShape",
                "d.npy",
                npy("<f4", "(99999999999999, 9)", kNumbers),
                false,
                0,
                {"cut short"}},
        BadData{"NoNumbers", "d.npy", npy("|O", "(2, 2)", kNumbers), false, 0, {}},
        BadData{"TruncatedGzip", "d.csv.gz", "a,b\n1,2\n3,4\n5,6\n", true, 22, {}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Data, ThatIsMissingOrDoesNotFitIsRefused) {
  const Workplace place;
  EXPECT_THAT(place.train(config_of("no.csv")), fails_as(3, {"no.csv", "--data-root"}));
  fs::create_directory(place / "folder");
  EXPECT_THAT(place.train(config_of("folder")), fails_as(3, {"folder", "is a folder"}));

  place.write("d.csv", "a,b,c\n0.5,0.5,0.5\n0.5,0.5,1.5\n0.5,0.5,0.5\n");
  Json config = config_of("d.csv");
  config["objective"]["reconstruction"] = "bernoulli";
  EXPECT_THAT(place.train(config), fails_as(3, {"d.csv", "row 1", "\"c\" = 1.5", "data.scale"}));
  place.write("s.csv", "a,b\n0.5,-1.5\n-0.5,1.5\n");
  config["data"]["train"]["path"] = "s.csv";
  EXPECT_THAT(place.train(config),
              fails_as(3, {"s.csv", "\"b\" = -1.5", "standardised", "\"gaussian\""}));
  config = config_of("d.csv");
  place.write("labels.csv", "1\n2\n");
  config["data"]["train"]["labels"] = "labels.csv";
  EXPECT_THAT(place.train(config), fails_as(3, {"labels.csv", "2", "3"}));
  config = config_of("d.csv");
  config["data"]["shape"] = {1, 2, 2};
  EXPECT_THAT(place.train(config), fails_as(3, {"d.csv", "1×2×2 needs 4"}));
  config = config_of("d.csv");
  config["data"]["validation"] = {{"last", 3}};
  EXPECT_THAT(place.train(config), fails_as(3, {"holds out 3 of 3"}));

  std::string packed = gzipped(place, bytes_of(digits_csv()));
  packed[packed.size() / 2] ^= 0x10;
  place.write("d.csv.gz", packed);
  EXPECT_THAT(place.train(config_of("d.csv.gz")), fails_as(3, {"d.csv.gz"}));
  EXPECT_FALSE(fs::exists(place / "runs"));
}

TEST(APlace, ThatCannotBeWrittenToIsFoundBeforeAnythingIsSaid) {
  const Workplace place;
  place.write("file", "");
  const Json config = digits_config("autoencoder", 1);
  EXPECT_THAT(place.train(config, {"--run-dir", "file/run"}), fails_as(3, {"file"}));
  EXPECT_THAT(place.train(config, {"--run-dir", "/proc/run"}), fails_as(3, {"/proc/run"}));
  const std::string run = trained_vae().string();
  for (const char* out : {"file/x.npy", "missing/x.npy", "/proc/x.npy"}) {
    EXPECT_THAT(place.run("ae-encode", {run, "--data", digits_csv().string(), "--out", out}),
                fails_as(3, {out, "cannot be written"}));
    EXPECT_THAT(place.run("ae-sample", {run, "--out", out}), fails_as(3, {out}));
  }
  EXPECT_EQ(place.entries(), 2U) << "the file and the config";
}

TEST(ARun, ThatIsMissingDamagedOrOfAnotherModelIsRefused) {
  const Workplace place;
  place.write("text.txt", "hello");
  const auto encode = [&](const std::string& run) {
    return place.run("ae-encode", {run, "--data", digits_csv().string(), "--out", "x.npy"});
  };
  EXPECT_THAT(encode("runs/none"), fails_as(3, {"runs/none", "no such run"}));
  EXPECT_THAT(encode("."), fails_as(3, {"no complete checkpoint"}));
  EXPECT_THAT(encode("text.txt"), fails_as(3, {"text.txt"}));
  EXPECT_THAT(place.run("ae-eval", {"runs/none"}), fails_as(3, {"runs/none"}));
  EXPECT_THAT(place.run("ae-sample", {"runs/none", "--out", "x.npy"}), fails_as(3, {"runs/none"}));

  fs::create_directory(place / "copy");
  const std::string whole = bytes_of(trained_vae() / "checkpoints/best/model.safetensors");
  for (const size_t length : {size_t{0}, size_t{7}, size_t{100}, size_t{3000}, whole.size() - 1}) {
    place.write("copy/model.safetensors", whole.substr(0, length));
    EXPECT_THAT(encode("copy"), fails_as(3, {"model.safetensors"})) << length;
  }
  std::string flipped = whole;
  flipped[whole.size() - 100] ^= 4;
  place.write("copy/model.safetensors", flipped);
  place.write("copy/state.json", bytes_of(trained_vae() / "checkpoints/best/state.json"));
  EXPECT_THAT(encode("copy"), fails_as(3, {"model.safetensors", "checksum"}));
  fs::remove(place / "copy/state.json");

  // The stored config and the weights have 4 latents; the config is changed to 5.
  std::string other = whole;
  const std::string said = "\\\"latent_dim\\\":4";
  const size_t at = other.find(said);
  ASSERT_NE(at, std::string::npos);
  other[at + said.size() - 1] = '5';
  place.write("copy/model.safetensors", other);
  EXPECT_THAT(encode("copy"), fails_as(3, {"cannot be verified", "--unverified"}));
  EXPECT_THAT(place.run("ae-encode", {"copy", "--data", digits_csv().string(), "--out", "x.npy",
                                      "--unverified"}),
              fails_as(3, {"does not fit", "latent.mean.weight", "expected 5×40"}));
  EXPECT_EQ(place.entries(), 2U);
}

}  // namespace
}  // namespace ae
