#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/formats/rows.h"

namespace ae {

/// The option `data.layout`: the order of a row's axes in a file.
enum class Layout { automatic, channels_first, channels_last, signal, image };

/// Names of the values of Layout: "auto", "channels_first", "channels_last", "signal", "image".
std::span<const std::string> layout_names();
/// The value of Layout with this name. @param name  one of layout_names()
Layout layout_of(const std::string& name);

/// How a file's rows become the model's, whose channels come first.
struct Arrangement {
  std::vector<int64_t> file_shape;  ///< of one row in the file
  std::vector<int64_t> shape;       ///< of one row of the model: {D}, {C, L} or {C, H, W}
  bool channels_last = false;       ///< the file's rows are [L, C] or [H, W, C]
};

/// Axes of a file's rows, and what decides how they are read.
struct RowAxes {
  std::vector<int64_t> shape;  ///< of one row
  bool bytes = false;          ///< RowInfo::bytes
  bool convolutional = false;  ///< a model that takes them apart by axes
};

/// True if two shapes are equal but for axes of one element, which do not change the order of
/// values.
bool same_order(std::vector<int64_t> a, std::vector<int64_t> b);

/// Takes the axes of a row for channels, height, width or length. With Layout::automatic, rows of
/// two axes are images of one channel if they are bytes or square, and rows of three axes have
/// their channels last if these are 1, 3 or 4, and fewer than the first axis has elements.
/// @param file  for messages
/// @throws Error(data) naming the readings that are possible, if the axes do not decide between
///         them, or do not fit the layout
Arrangement arrange(const RowAxes& axes, Layout layout, const std::string& file);

/// Text after a number of rows: " of 10", ", images 1×28×28, channels first", ", signals 6×96,
/// channels first (in the file last: 96×6)".
std::string arrangement_text(const Arrangement& arrangement);

/// Delivers the rows of a file in the model's shape, with the channels first.
std::unique_ptr<RowReader> arranged(std::unique_ptr<RowReader> reader,
                                    const Arrangement& arrangement);

}  // namespace ae
