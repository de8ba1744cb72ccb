#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace ae {

/// Gives a name in a run directory to something else. Each number chooses from a list in
/// folder_edits.cpp, modulo its length.
struct FolderEdit {
  uint8_t entry;  ///< of kEntries: the name
  uint8_t deed;   ///< of Deed
  uint8_t with;   ///< of kTargets or kEntries, where the deed needs one
};

/// @param run   a run directory, alone in its folder: links may lead out of it as far as there
/// @param step  the name of its checkpoint
void edit_folder(const std::filesystem::path& run, const std::string& step, FolderEdit edit);

}  // namespace ae
