#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fuzz/folder_edits.h"
#include "fuzz/stored_run.h"

namespace ae {

// An input is a program that edits a run directory, as a stranger could before handing it on:
//
//   input      base flags edit*          at most kMostEdits of them
//   base       byte                      the run to begin with, by number in run_bases.cpp
//   flags      byte                      a sum of RunFlag
//   edit       document place operation
//            | tensors tensor element value
//            | folders entry deed with
//   document   byte                      0 state.json; of model.safetensors the metadata's 1 config
//                                        and 2 preprocessing, 3 all of the metadata, 4 the table of
//                                        tensors; 5 that of state.safetensors; 6 config.json;
//                                        7 manifest.json; 8 metrics.jsonl
//   place      number                    of a node in the order of the text, the whole being 0
//            | 0xff00 text               a JSON pointer
//   operation  byte, then what it needs  json_edits.cpp has them
//   tensors    byte                      9 bytes of tensors in model.safetensors,
//                                        10 in state.safetensors
//   tensor     byte                      its number in the table
//   element    number                    in the tensor; 0xffff all
//   value      byte                      one of kElements, or beyond them the bit to flip
//   folders    byte                      11
//   entry, deed, with                    a byte each: FolderEdit
//
// A number is two bytes, the low one first; a text is a byte that counts, and the bytes it counts.
// What chooses is taken modulo the choices and what is missing is 0, so any bytes are a program. An
// edit of a place that is not there does nothing.

enum class RunFlag : uint8_t {
  leave_checksums = 1,  ///< do not compute them anew
  lay_tensors = 2,      ///< lay them anew: as large as their shapes say, one after the other
  own_config = 4,       ///< resume by the config.json in the run, not by the user's
  stored_config = 8,    ///< make that of the config in model.safetensors first
  unverified = 16,      ///< use what no checksum vouches for
  pictures = 224,       ///< make all results and pictures: rare, as it takes many times as long
};

/// The program that an input is.
class RunEdits {
 public:
  explicit RunEdits(std::string_view input);

  uint8_t base() const { return base_; }
  /// True where nothing is edited: the run stays genuine.
  bool is_empty() const { return edits_.empty(); }
  bool has(RunFlag flag) const {
    const auto bits = static_cast<uint8_t>(flag);
    return (flags_ & bits) == bits;
  }

  /// Makes the edits of content. @return those of folders, to be made when content is written
  std::vector<FolderEdit> apply(StoredRun& content) const;

 private:
  uint8_t base_ = 0;
  uint8_t flags_ = 0;
  std::string_view edits_;
};

}  // namespace ae
