#include "report/tensorboard/projector.h"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <string_view>

#include "core/text.h"
#include "io/atomic_file.h"
#include "io/path_kind.h"

namespace ae {
namespace {

constexpr std::string_view kTensorsName = "tensors.tsv";
constexpr std::string_view kMetadataName = "metadata.tsv";

void write_projector_tensors(const std::filesystem::path& path, const ProjectorData& data) {
  AtomicFile file(path);
  const auto width = static_cast<size_t>(data.width);
  std::string line;
  char number[32];
  for (size_t row = 0; row < data.codes.size() / width; ++row) {
    line.clear();
    for (const float value : data.codes.subspan(row * width, width)) {
      const auto [end, error] = std::to_chars(number, number + sizeof(number), value);
      line.append(number, end);
      line += '\t';
    }
    line.back() = '\n';
    file.write(line.data(), line.size());
  }
  file.commit();
}

void write_projector_metadata(const std::filesystem::path& path, const ProjectorData& data) {
  AtomicFile file(path);
  std::string line;
  const auto write = [&](const auto& field) {
    line.clear();
    bool is_blank = true;
    for (size_t column = 0; column < data.columns.size(); ++column) {
      const std::string text = one_line(field(column));
      if (text.find_first_not_of(' ') != std::string::npos) is_blank = false;
      if (column != 0) line += '\t';
      line += text;
    }
    if (is_blank) line.insert(0, "(empty)");
    line += '\n';
    file.write(line.data(), line.size());
  };
  // The projector takes the first line for a header if it has several columns.
  if (data.columns.size() > 1) {
    write([&](size_t column) -> const std::string& { return data.columns[column]; });
  }
  for (size_t row = 0; row < data.labels.front().size(); ++row) {
    write([&](size_t column) -> const std::string& { return data.labels[column][row]; });
  }
  file.commit();
}

/// String literal of the text format of Protocol Buffers.
std::string pbtxt_string(const std::string& text) {
  std::string literal = "\"";
  for (const char c : one_line(text)) {
    if (c == '"' || c == '\\') literal += '\\';
    literal += c;
  }
  return literal + '"';
}

std::string projector_config(const ProjectorData& data) {
  std::string config =
      fmt::format("embeddings {{\n  tensor_name: {}\n  tensor_path: {}\n", pbtxt_string(data.name),
                  pbtxt_string((data.tables / kTensorsName).string()));
  if (!data.columns.empty()) {
    config +=
        fmt::format("  metadata_path: {}\n", pbtxt_string((data.tables / kMetadataName).string()));
  }
  if (data.sprite) {
    config += fmt::format(
        "  sprite {{\n    image_path: {}\n    single_image_dim: {}\n    single_image_dim: {}\n  "
        "}}\n",
        pbtxt_string(data.sprite->path.string()), data.sprite->width, data.sprite->height);
  }
  return config + "}\n";
}

}  // namespace

void write_projector(const std::filesystem::path& folder, const ProjectorData& data) {
  const std::filesystem::path tables = folder / data.tables;
  make_folders(tables);
  write_projector_tensors(tables / kTensorsName, data);
  if (!data.columns.empty()) write_projector_metadata(tables / kMetadataName, data);
  write_text_atomically(folder / "projector_config.pbtxt", projector_config(data));
}

}  // namespace ae
