#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace ae {

/// Replaces an entry of a run directory. Each number is an index into a list in folder_edits.cpp,
/// modulo its length.
struct FolderEdit {
  uint8_t entry;   ///< in kEntries
  uint8_t action;  ///< FolderAction
  uint8_t with;    ///< operand, in kTargets or kEntries, if the action needs one
};

/// Applies an edit.
/// @param run   a run directory, alone in its parent folder, to which links may lead
/// @param step  name of its checkpoint
void edit_folder(const std::filesystem::path& run, const std::string& step, FolderEdit edit);

}  // namespace ae
