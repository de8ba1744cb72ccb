#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fuzz/folder_edits.h"
#include "fuzz/stored_run.h"

namespace ae {

// An input is a program that edits a run directory, as an untrusted sender could:
//
//   input      base flags edit*          at most kMaxEdits of them
//   base       byte                      base run, by number in run_bases.cpp
//   flags      byte                      a sum of RunFlag
//   edit       document place operation
//            | tensors tensor element value
//            | folders entry action with
//   document   byte                      0 state.json; of model.safetensors the metadata's 1 config
//                                        and 2 preprocessing, 3 all of the metadata, 4 the table of
//                                        tensors; 5 that of state.safetensors; 6 config.json;
//                                        7 manifest.json; 8 metrics.jsonl
//   place      number                    of a node in the order of the text, the whole being 0
//            | 0xff00 text               a JSON pointer
//   operation  byte, operand             listed in json_edits.cpp
//   tensors    byte                      9 data of tensors in model.safetensors,
//                                        10 in state.safetensors
//   tensor     byte                      its number in the table
//   element    number                    in the tensor; 0xffff all
//   value      byte                      index in kElementBits; beyond it, the bit to flip
//   folders    byte                      11
//   entry, action, with  a byte each: FolderEdit
//
// A number is two bytes, little-endian; a text is a byte with its length, and its bytes. Indices
// are taken modulo the length of their list, and missing bytes are 0, so that any bytes are a
// program. An edit of an absent place does nothing.

enum class RunFlag : uint8_t {
  leave_checksums = 1,  ///< do not recompute the checksums
  repack_tensors = 2,   ///< TensorFile::repack() both files
  own_config = 4,       ///< resume with the config.json in the run, not with the user's
  stored_config = 8,    ///< replace that config.json by the config in model.safetensors first
  unverified = 16,      ///< use files without a valid checksum
  pictures = 224,       ///< compute all results and images: rare, as it takes many times as long
};

/// An input, decoded as a program of edits.
class RunEdits {
 public:
  explicit RunEdits(std::string_view input);

  uint8_t base() const { return base_; }
  /// True if nothing is edited.
  bool is_empty() const { return edits_.empty(); }
  bool has(RunFlag flag) const {
    const auto bits = static_cast<uint8_t>(flag);
    return (flags_ & bits) == bits;
  }

  /// Applies the edits of content. @return the edits of folders, to apply once content is written
  std::vector<FolderEdit> apply(StoredRun& content) const;

 private:
  uint8_t base_ = 0;
  uint8_t flags_ = 0;
  std::string_view edits_;
};

}  // namespace ae
