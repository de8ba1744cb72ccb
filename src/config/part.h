#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/option_visitor.h"

namespace ae {

/// A row of a part table: what the config calls it, what it is, and how its options are made.
template <class Spec>
struct PartEntry {
  const char* name;
  const char* summary;
  /// At its defaults, or as a copy of `original`, which is of the same type.
  std::unique_ptr<Spec> (*make)(const Spec* original);
};

/// How PartEntry::make is filled in for a concrete part.
template <class Spec, class Concrete>
std::unique_ptr<Spec> make_part(const Spec* original) {
  if (original == nullptr) return std::make_unique<Concrete>();
  return std::make_unique<Concrete>(dynamic_cast<const Concrete&>(*original));
}

/// Defines Spec::table() from a list macro with one line for each part. Every part stands in a file
/// of its own, which defines a function of its name that returns its entry. (A list that is named
/// here, and not objects that register themselves, so that the linker cannot drop any.)
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

/// A choice of one part from a table, written `{"type": name, …options of that type}` or just
/// "name"; seen by visitors that do not know the table's C++ type.
class AnyPart {
 public:
  struct Type {
    std::string name;
    std::string summary;
  };

  virtual ~AnyPart() = default;
  virtual std::vector<Type> types() const = 0;
  const std::string& type() const { return type_; }
  /// Takes the defaults of another type; keeps the present options where the type is the same.
  virtual void select(const std::string& type) = 0;
  /// The options of the selected type.
  virtual void visit_type(OptionVisitor& visitor) = 0;
  /// The options of a type that need not be the selected one, at their defaults.
  virtual void visit_defaults(const std::string& type, OptionVisitor& visitor) const = 0;
  /// Options beside the type that every type has.
  virtual void visit_shared(OptionVisitor& /*visitor*/) {}

 protected:
  std::string type_;
};

/// A part whose types stand in Spec::table(). Spec declares its options in `visit`.
template <class Spec>
class Part : public AnyPart {
 public:
  explicit Part(const std::string& type) { Part::select(type); }
  // Copies have options of their own: reading into one leaves the other as it is.
  Part(const Part& other) : AnyPart(other), spec_(made(other.type_, other.spec_.get())) {}
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
    spec_ = made(type);
    type_ = type;
  }

  void visit_type(OptionVisitor& visitor) override { spec_->visit(visitor); }

  void visit_defaults(const std::string& type, OptionVisitor& visitor) const override {
    made(type)->visit(visitor);
  }

  /// Takes ready options, as where one part's defaults follow from another's.
  void adopt(const std::string& type, std::shared_ptr<Spec> spec) {
    type_ = type;
    spec_ = std::move(spec);
  }

  const Spec& operator*() const { return *spec_; }
  const Spec* operator->() const { return spec_.get(); }
  std::shared_ptr<const Spec> share() const { return spec_; }

 private:
  static std::shared_ptr<Spec> made(const std::string& type, const Spec* original = nullptr) {
    for (const PartEntry<Spec>& entry : Spec::table()) {
      if (entry.name == type) return entry.make(original);
    }
    throw std::logic_error("no part is called " + type);
  }

  std::shared_ptr<Spec> spec_;
};

}  // namespace ae
