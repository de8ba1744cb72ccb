#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/option_visitor.h"

namespace ae {

/// An entry of a part table: a concrete type of a part, by its name in the config.
template <class Spec>
struct PartEntry {
  const char* name;
  const char* summary;
  /// Creates the options: defaults, or a copy of `original`, which is of the same type.
  std::unique_ptr<Spec> (*make)(const Spec* original);
};

/// PartEntry::make of a concrete part.
template <class Spec, class Concrete>
std::unique_ptr<Spec> make_part(const Spec* original) {
  if (original == nullptr) return std::make_unique<Concrete>();
  return std::make_unique<Concrete>(dynamic_cast<const Concrete&>(*original));
}

/// Defines Spec::table() from a list macro with one line for each part. Each part has a file, which
/// defines a function of the part's name that returns its entry. (The list is explicit, as the
/// linker could drop self-registering objects.)
#define AE_DECLARE_PART(name) Entry name();
#define AE_CALL_PART(name) name(),
#define AE_PART_TABLE(Spec, space, LIST)                 \
  namespace space {                                      \
  using Entry = PartEntry<Spec>;                         \
  LIST(AE_DECLARE_PART)                                  \
  static std::span<const Entry> all() {                  \
    static const Entry entries[] = {LIST(AE_CALL_PART)}; \
    return entries;                                      \
  }                                                      \
  }                                                      \
  std::span<const PartEntry<Spec>> Spec::table() { return space::all(); }

/// A type-erased Part: a component of a model or a training run whose type is chosen from a table,
/// written `{"type": name, …options of that type}` or just "name".
class AnyPart {
 public:
  struct Type {
    std::string name;
    std::string summary;
  };

  virtual ~AnyPart() = default;
  virtual std::vector<Type> types() const = 0;
  const std::string& type() const { return type_; }
  /// Selects a type with its default options; keeps the current options if the type is the same.
  virtual void select(const std::string& type) = 0;
  /// Visits the options of the selected type.
  virtual void visit_type(OptionVisitor& visitor) = 0;
  /// Visits the default options of any type.
  virtual void visit_defaults(const std::string& type, OptionVisitor& visitor) const = 0;
  /// Visits the options of a type that other types have as well.
  virtual void visit_shared(const std::string& /*type*/, OptionVisitor& /*visitor*/) {}

 protected:
  std::string type_;
};

/// A part whose types are listed in Spec::table(). Spec declares its options in `visit`. Copies are
/// deep.
template <class Spec>
class Part : public AnyPart {
 public:
  explicit Part(const std::string& type) { Part::select(type); }
  Part(const Part& other) : AnyPart(other), spec_(make_spec(other.type_, other.spec_.get())) {}
  Part(Part&&) noexcept = default;
  Part& operator=(const Part& other) { return *this = Part(other); }
  Part& operator=(Part&&) noexcept = default;
  ~Part() override = default;

  std::vector<Type> types() const override {
    std::vector<Type> all;
    for (const PartEntry<Spec>& entry : Spec::table()) all.push_back({entry.name, entry.summary});
    return all;
  }

  void select(const std::string& type) override {
    if (type == type_) return;
    spec_ = make_spec(type);
    type_ = type;
  }

  void visit_type(OptionVisitor& visitor) override { spec_->visit(visitor); }

  void visit_defaults(const std::string& type, OptionVisitor& visitor) const override {
    make_spec(type)->visit(visitor);
  }

  /// Sets type and options, for a part whose defaults follow from another part.
  void adopt(const std::string& type, std::shared_ptr<Spec> spec) {
    type_ = type;
    spec_ = std::move(spec);
  }

  const Spec& operator*() const { return *spec_; }
  const Spec* operator->() const { return spec_.get(); }
  std::shared_ptr<const Spec> share() const { return spec_; }

 private:
  static std::shared_ptr<Spec> make_spec(const std::string& type, const Spec* original = nullptr) {
    for (const PartEntry<Spec>& entry : Spec::table()) {
      if (entry.name == type) return entry.make(original);
    }
    throw std::logic_error("no part has the type " + type);
  }

  std::shared_ptr<Spec> spec_;
};

}  // namespace ae
