#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/json.h"

namespace ae {

/// Range of a numeric option.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool min_open = false;  ///< min is excluded
  bool max_open = false;  ///< max is excluded

  bool contains(double x) const {
    return (min_open ? x > min : x >= min) && (max_open ? x < max : x <= max);
  }
};

inline Range at_least(double min) { return {.min = min}; }
inline Range above(double min) { return {.min = min, .min_open = true}; }
inline Range between(double min, double max) { return {.min = min, .max = max}; }
/// [0, 1).
inline Range proper_fraction() { return {.min = 0, .max = 1, .max_open = true}; }
/// (min, max).
inline Range strictly_between(double min, double max) {
  return {.min = min, .max = max, .min_open = true, .max_open = true};
}

/// Most items of a list of integers, objects or parts, which bounds the size of a model.
inline constexpr size_t kMaxListItems = 1000;

/// Type of an option's value in the config.
struct ValueType {
  std::string expected;  ///< description for messages, such as "an integer in [1, 65536]"
  Json schema;           ///< JSON Schema
};

/// True for a number beyond the range of float32, which no option accepts.
bool is_beyond_float(const Json& value);
/// True for a string with a NUL character, at which the operating system would truncate a path.
bool has_nul(const Json& value);

ValueType boolean_type();
ValueType text_type();
ValueType nonempty_text_type();
/// Column of a table: its name, or its number.
ValueType column_type();
ValueType column_list_type();
ValueType integer_type(const Range& range);
ValueType number_type(const Range& range);
ValueType integer_list_type(const Range& each);
ValueType choice_type(std::span<const std::string> allowed);
ValueType choice_list_type(std::span<const std::string> allowed);
/// A value of `type`, or null.
ValueType or_null(ValueType type);

/// A type-erased option: a scalar, or a list of scalars.
struct Leaf {
  const char* name;
  const char* help;
  ValueType type;
  bool required = false;
  Json value;                               ///< current value; null if there is none
  std::function<bool(const Json&)> assign;  ///< returns false if the value does not match the type
};

class AnyPart;
class OptionVisitor;

/// A type-erased list of option structs.
struct ObjectList {
  const char* name;
  const char* help;
  size_t size;                                        ///< current number of items
  std::function<void(size_t)> resize;                 ///< replaces the items by this many defaults
  std::function<void(size_t, OptionVisitor&)> visit;  ///< visits the options of an item
  std::function<void(OptionVisitor&)> visit_default;  ///< visits the options of a default item
};

/// A type-erased list of parts, which may be absent.
struct PartList {
  const char* name;
  const char* help;
  const char* absent;  ///< what absence means, for the reference
  bool present;
  size_t size;                             ///< current number of parts
  std::function<void(size_t)> resize;      ///< makes the list present, with this many default parts
  std::function<AnyPart&(size_t)> item;    ///< a part of the list
  std::function<AnyPart&()> default_item;  ///< a part that is in no list
};

/// Visitor of options. Each options struct declares its options once, in its `visit` function; the
/// visitors read a config, write it with all defaults, print a reference, or generate a schema.
/// Declarations run in order, so a default may depend on an option declared earlier.
class OptionVisitor {
 public:
  virtual ~OptionVisitor() = default;

  /// True if values are being read; defaults may then be derived from options read earlier.
  virtual bool reading() const { return false; }

  /// Marks the next declaration as one that a resumed run may give another value.
  OptionVisitor& resumable() {
    resumable_ = true;
    return *this;
  }

  void option(const char* name, bool& value, const char* help);
  void option(const char* name, int64_t& value, const Range& range, const char* help);
  void option(const char* name, double& value, const Range& range, const char* help);
  void option(const char* name, std::string& value, const char* help);
  void option(const char* name, std::vector<int64_t>& value, const Range& each, const char* help);
  /// A column of a table, by its name or its number.
  void column(const char* name, std::string& value, const char* help);
  void columns(const char* name, std::vector<std::string>& value, const char* help);
  /// A column of a table, or a list of columns. @param further  of a list, those after the first
  void column(const char* name, std::string& first, std::vector<std::string>& further,
              const char* help);
  void texts(const char* name, std::vector<std::string>& value, const char* help);
  /// An option that may be absent or null.
  void option(const char* name, std::optional<int64_t>& value, const Range& range,
              const char* help);
  void option(const char* name, std::optional<double>& value, const Range& range, const char* help);
  void choice(const char* name, std::string& value, std::span<const std::string> allowed,
              const char* help);
  /// A list of distinct choices.
  void choices(const char* name, std::vector<std::string>& value,
               std::span<const std::string> allowed, const char* help);
  /// A mandatory option.
  void required(const char* name, int64_t& value, const Range& range, const char* help);
  void required(const char* name, std::string& value, const char* help);

  /// A nested options struct.
  template <class Options>
  void group(const char* name, Options& options, const char* help) {
    object(name, help, [&](OptionVisitor& visitor) { options.visit(visitor); });
  }
  /// A nested options struct that may be absent.
  template <class Options>
  void group(const char* name, std::optional<Options>& options, const char* help) {
    optional_object(
        name, help, options.has_value(), [&] { options.emplace(); },
        [&](OptionVisitor& visitor) {
          Options defaults;
          (options ? *options : defaults).visit(visitor);
        });
  }

  /// A list of options structs.
  /// @param item  default of each item
  template <class Options>
  void list(const char* name, std::vector<Options>& items, const Options& item, const char* help) {
    objects({name, help, items.size(), [&](size_t size) { items.assign(size, item); },
             [&](size_t i, OptionVisitor& visitor) { items[i].visit(visitor); },
             [&](OptionVisitor& visitor) { Options(item).visit(visitor); }});
  }

  /// A list of parts that may be absent. @param item  default of each item
  template <class PartOfList>
  void list(const char* name, std::optional<std::vector<PartOfList>>& items, const PartOfList& item,
            const char* absent, const char* help) {
    PartOfList example = item;
    parts({name, help, absent, items.has_value(), items ? items->size() : 0,
           [&](size_t size) { items.emplace(size, item); },
           [&](size_t i) -> AnyPart& { return (*items)[i]; },
           [&]() -> AnyPart& { return example; }});
  }

  /// Adds a JSON Schema that the object of these options must also match, as its struct checks.
  virtual void condition(const Json& /*schema*/) {}

  using Body = std::function<void(OptionVisitor&)>;
  virtual void leaf(const Leaf& leaf) = 0;
  virtual void object(const char* name, const char* help, const Body& body) = 0;
  virtual void optional_object(const char* name, const char* help, bool present,
                               const std::function<void()>& create, const Body& body) = 0;
  virtual void objects(const ObjectList& list) = 0;
  virtual void part(const char* name, AnyPart& part, const char* help) = 0;
  virtual void parts(const PartList& list) = 0;

 protected:
  /// True if resumable() preceded the declaration that is being visited; clears the mark.
  bool take_resumable() { return std::exchange(resumable_, false); }

 private:
  bool resumable_ = false;
};

}  // namespace ae
