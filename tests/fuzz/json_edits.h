#pragma once

#include <string>

#include "config/json.h"
#include "fuzz/edit_source.h"

namespace ae {

/// Applies one edit, decoded from the source: a place, an operation and its operand.
void edit_json(Json& document, EditSource& source);

/// Text of an edited document, with placeholders replaced by content that Json cannot represent:
/// bytes that are not UTF-8, and brackets nested too deep for any stack.
std::string file_text(std::string text);

}  // namespace ae
