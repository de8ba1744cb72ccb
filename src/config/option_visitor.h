#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/json.h"

namespace ae {

/// The numbers that an option takes.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool min_open = false;  ///< min itself is not allowed
  bool max_open = false;  ///< max itself is not allowed

  bool contains(double x) const {
    return (min_open ? x > min : x >= min) && (max_open ? x < max : x <= max);
  }
};

inline Range at_least(double min) { return {.min = min}; }
inline Range above(double min) { return {.min = min, .min_open = true}; }
inline Range between(double min, double max) { return {.min = min, .max = max}; }
/// [0, 1): a share that leaves something over.
inline Range proper_fraction() { return {.min = 0, .max = 1, .max_open = true}; }
/// (0, 1).
inline Range strictly_between(double min, double max) {
  return {.min = min, .max = max, .min_open = true, .max_open = true};
}

/// How a value is written in the config.
struct ValueType {
  std::string expected;  ///< "an integer in [1, 65536]", as messages and the reference say it
  Json schema;           ///< the same as a JSON Schema
};

/// True for a number that float32 cannot hold, which no option takes.
bool is_beyond_float(const Json& value);
/// True for a string with a NUL character, at which the system would cut a path off.
bool has_nul(const Json& value);

ValueType boolean_type();
ValueType text_type();
ValueType filled_text_type();
ValueType text_list_type();
ValueType integer_type(const Range& range);
ValueType number_type(const Range& range);
ValueType integer_list_type(const Range& each);
ValueType choice_type(std::span<const std::string> allowed);
/// The same, or null.
ValueType or_null(ValueType type);

/// One scalar or list value of the config, seen by a visitor that does not know its C++ type.
struct Leaf {
  const char* name;
  const char* help;
  ValueType type;
  bool required = false;
  Json value;                               ///< the value now: null where there is none
  std::function<bool(const Json&)> assign;  ///< false where the value does not fit the type
};

class AnyPart;
class OptionVisitor;

/// A list of objects, seen by a visitor that does not know their C++ type.
struct ObjectList {
  const char* name;
  const char* help;
  size_t size;                                        ///< how many there are now
  std::function<void(size_t)> resize;                 ///< gives it so many, all at their defaults
  std::function<void(size_t, OptionVisitor&)> visit;  ///< the options of one
  std::function<void(OptionVisitor&)> visit_default;  ///< those of one at its defaults
};

/// Options are declared once, in a `visit` function of the struct that holds them; what visits
/// them reads a config, writes it back with every default filled in, explains it, or makes its
/// schema. Declarations run in order, so a default may depend on an option declared earlier.
class OptionVisitor {
 public:
  virtual ~OptionVisitor() = default;

  /// True while values are being read: the time to derive defaults from options read before.
  virtual bool reading() const { return false; }

  void option(const char* name, bool& value, const char* help);
  void option(const char* name, int64_t& value, const Range& range, const char* help);
  void option(const char* name, double& value, const Range& range, const char* help);
  void option(const char* name, std::string& value, const char* help);
  void option(const char* name, std::vector<int64_t>& value, const Range& each, const char* help);
  void option(const char* name, std::vector<std::string>& value, const char* help);
  /// Absent, null or a value.
  void option(const char* name, std::optional<int64_t>& value, const Range& range,
              const char* help);
  void option(const char* name, std::optional<double>& value, const Range& range, const char* help);
  void choice(const char* name, std::string& value, std::span<const std::string> allowed,
              const char* help);
  /// The user must give it.
  void required(const char* name, int64_t& value, const Range& range, const char* help);
  void required(const char* name, std::string& value, const char* help);

  /// A nested struct of options with a `visit` of its own.
  template <class Options>
  void group(const char* name, Options& options, const char* help) {
    object(name, help, [&](OptionVisitor& visitor) { options.visit(visitor); });
  }
  /// A nested struct that may be absent.
  template <class Options>
  void group(const char* name, std::optional<Options>& options, const char* help) {
    optional_object(
        name, help, options.has_value(), [&] { options.emplace(); },
        [&](OptionVisitor& visitor) {
          Options defaults;
          (options ? *options : defaults).visit(visitor);
        });
  }

  /// A list of structs with a `visit` of their own.
  /// @param item  what each is where the config does not say otherwise
  template <class Options>
  void list(const char* name, std::vector<Options>& items, const Options& item, const char* help) {
    objects({name, help, items.size(), [&](size_t size) { items.assign(size, item); },
             [&](size_t i, OptionVisitor& visitor) { items[i].visit(visitor); },
             [&](OptionVisitor& visitor) { Options(item).visit(visitor); }});
  }

  using Body = std::function<void(OptionVisitor&)>;
  virtual void leaf(const Leaf& leaf) = 0;
  virtual void object(const char* name, const char* help, const Body& body) = 0;
  virtual void optional_object(const char* name, const char* help, bool present,
                               const std::function<void()>& create, const Body& body) = 0;
  virtual void objects(const ObjectList& list) = 0;
  virtual void part(const char* name, AnyPart& part, const char* help) = 0;
};

}  // namespace ae
