#pragma once

#include <string>

#include "config/json.h"
#include "fuzz/edit_source.h"

namespace ae {

/// One edit of a document, out of the source: a place, an operation, and what that needs.
void edit_json(Json& document, EditSource& source);

/// The text of an edited document, in which some strings have become what no Json can hold: bytes
/// that are not UTF-8, or so many brackets that no stack is deep enough.
std::string file_text(std::string text);

}  // namespace ae
