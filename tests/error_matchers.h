#pragma once

#include <gmock/gmock.h>

#include <string>

#include "core/error.h"

namespace ae {

/// Matches a callable that throws an ae::Error of a kind, with a one-line message that contains all
/// the texts.
template <class... Texts>
auto fails_with(ErrorKind kind, const Texts&... texts) {
  using testing::AllOf;
  using testing::HasSubstr;
  using testing::Not;
  using testing::Property;
  using testing::StrEq;
  return testing::Throws<Error>(
      AllOf(Property(&Error::kind, kind),
            Property(&Error::what, AllOf(Not(HasSubstr("\n")), HasSubstr(std::string(texts))...))));
}

template <class... Texts>
auto fails_on_usage(const Texts&... texts) {
  return fails_with(ErrorKind::usage, texts...);
}

template <class... Texts>
auto fails_on_data(const Texts&... texts) {
  return fails_with(ErrorKind::data, texts...);
}

}  // namespace ae
