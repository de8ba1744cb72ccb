#include "integration/digits.h"

#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <sstream>

#include "io/formats/format.h"
#include "io/formats/labels.h"

namespace ae {

namespace fs = std::filesystem;

fs::path digits_csv() { return fs::path(AE_SOURCE_DIR) / "data" / "digits" / "digits.csv"; }

Json digits_config(const std::string& kind, int epochs) {
  return {{"name", kind},
          {"seed", 7},
          {"data",
           {{"train", {{"path", digits_csv().string()}, {"labels", "label"}}},
            {"validation", {{"fraction", 0.2}}},
            {"scale", 16},
            {"shape", {1, 8, 8}}}},
          {"model",
           {{"kind", kind}, {"encoder", {{"type", "mlp"}, {"hidden", {40}}}}, {"latent_dim", 4}}},
          {"objective", {{"reconstruction", kind == "vae" ? "bernoulli" : "mse"}}},
          {"training", {{"epochs", epochs}, {"batch_size", 64}, {"threads", 1}}}};
}

fs::path trained_vae() {
  static const Workplace place;
  static const ProgramResult result = place.train(digits_config("vae"));
  if (result.exit_code != 0) throw std::runtime_error("training failed: " + result.err);
  return place / "runs/vae";
}

Array read_array(const fs::path& path) {
  const auto reader = open_rows(path);
  const RowInfo& info = reader->info();
  if (info.dtype != DType::float32) throw std::runtime_error(path.string() + ": no floats");
  Array array{0, info.shape, info.columns, {}};
  constexpr int64_t kStep = 1000;
  std::vector<float> chunk(static_cast<size_t>(kStep * info.width()));
  while (const int64_t got = reader->read(kStep, chunk.data())) {
    array.rows += got;
    array.values.insert(array.values.end(), chunk.begin(), chunk.begin() + got * info.width());
  }
  return array;
}

std::vector<int64_t> read_integers(const fs::path& path) { return read_labels(path).values; }

std::vector<Json> read_metrics(const fs::path& path) {
  std::istringstream text(bytes_of(path));
  std::vector<Json> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(Json::parse(line));
  return lines;
}

std::vector<Json> read_timeless_metrics(const fs::path& path) {
  std::vector<Json> lines = read_metrics(path);
  for (Json& line : lines) {
    line.erase("seconds");
    line.erase("samples_per_second");
  }
  return lines;
}

void expect_same_run(const fs::path& a, const fs::path& b) {
  std::vector<std::string> names = {"checkpoints/last/model.safetensors",
                                    "checkpoints/last/state.safetensors",
                                    "checkpoints/best/model.safetensors", "latents/validation.npy"};
  if (fs::exists(a / "samples/samples.png")) names.emplace_back("samples/samples.png");
  for (const std::string& name : names) EXPECT_EQ(bytes_of(a / name), bytes_of(b / name)) << name;
  EXPECT_EQ(read_timeless_metrics(a / "metrics.jsonl"), read_timeless_metrics(b / "metrics.jsonl"));
  EXPECT_EQ(fs::read_symlink(a / "checkpoints/best"), fs::read_symlink(b / "checkpoints/best"));
}

Json read_json(const fs::path& path) { return Json::parse(bytes_of(path)); }

void write_sparse_npy(const fs::path& path, int64_t rows, int64_t width) {
  std::string header =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, width);
  header.resize(117, ' ');
  header += '\n';
  std::ofstream(path, std::ios::binary) << std::string("\x93NUMPY\x01\x00\x76\x00", 10) << header;
  fs::resize_file(path, static_cast<uintmax_t>(128 + rows * width * 4));
}

}  // namespace ae
