#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ae {

/// Pictures of the rows in one image, row by row from the upper left, as many across as down.
struct ProjectorSprite {
  std::filesystem::path path;  ///< relative to the folder of the projector's files
  int64_t width = 0;           ///< of one picture, in pixels
  int64_t height = 0;
};

/// Codes with their labels, as the Embedding Projector of TensorBoard shows them.
struct ProjectorData {
  std::string name = "codes";
  std::filesystem::path tables;                  ///< folder of the tables within TensorBoard's;
                                                 ///< empty for that folder itself
  std::span<const float> codes;                  ///< [rows, width]
  int64_t width = 0;                             ///< at least 1
  std::vector<std::string> columns;              ///< names of the metadata; may be none
  std::vector<std::vector<std::string>> labels;  ///< [columns, rows]
  std::optional<ProjectorSprite> sprite;
};

/// Writes tensors.tsv, metadata.tsv if there are columns, and then projector_config.pbtxt, each
/// atomically. Control characters of labels are escaped; a label without a visible character
/// becomes "(empty)" where its line would be blank, which the projector would skip.
/// @param folder  TensorBoard's folder of the run; created if it is missing
/// @throws Error(data) if a file cannot be written
/// Source: tensorboard/plugins/projector/projector_config.proto
void write_projector(const std::filesystem::path& folder, const ProjectorData& data);

}  // namespace ae
