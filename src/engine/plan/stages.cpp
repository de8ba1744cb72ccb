#include "engine/plan/stages.h"

#include <algorithm>

namespace ae::plan {
namespace {

using Operations = std::span<const std::unique_ptr<Operation>>;

/// Of each operation, whether it is to be given few rows at a time.
std::vector<bool> find_takers_of_few(Operations operations) {
  const size_t count = operations.size();
  std::vector<bool> few(count);
  const auto goes_with = [&](size_t i, size_t neighbour) {
    return operations[i]->rows_at_once() == RowsAtOnce::any && few[neighbour];
  };
  for (size_t i = 0; i < count; ++i) {
    few[i] = operations[i]->rows_at_once() == RowsAtOnce::few || (i > 0 && goes_with(i, i - 1));
  }
  for (size_t i = count; i-- > 1;) few[i - 1] = few[i - 1] || goes_with(i - 1, i);
  return few;
}

}  // namespace

Stages::Stages(Operations operations, int64_t few_rows, int members) : few_rows_(few_rows) {
  const std::vector<bool> few = find_takers_of_few(operations);
  for (size_t begin = 0; begin < operations.size();) {
    size_t end = begin + 1;
    while (end < operations.size() && few[end] == few[begin]) ++end;
    stages_.push_back({operations.subspan(begin, end - begin), few[begin]});
    begin = end;
  }
  if (!stages_.back().takes_few) return;
  for (const auto& operation : stages_.back().operations) {
    operation->keep_shards(members, few_rows_);
  }
}

void Stages::Stage::forward(const Shard& shard) const {
  for (const auto& operation : operations) operation->forward(shard);
}

void Stages::Stage::backward(const Shard& shard) const {
  for (size_t i = operations.size(); i-- > 0;) operations[i]->backward(shard);
}

template <class Work>
void Stages::in_portions(const Stage& stage, const Shard& shard, const Work& work) const {
  if (!stage.takes_few) return work(shard);
  for (int64_t done = 0; done < shard.rows.count; done += few_rows_) {
    const Share rows{shard.rows.begin + done, std::min(few_rows_, shard.rows.count - done)};
    const std::unique_ptr<Noise> noise = shard.noise.part(done, rows.count);
    work(Shard{.member = shard.member,
               .first = shard.first && done == 0,
               .rows = rows,
               .noise = *noise,
               .weights = shard.weights,
               .scale = shard.scale,
               .terms = shard.terms,
               .active = shard.active});
  }
}

void Stages::pass(const Shard& shard, Laps& laps) const {
  const Stage& last = stages_.back();
  for (const Stage& stage : std::span(stages_).first(stages_.size() - 1)) {
    in_portions(stage, shard, [&](const Shard& some) { stage.forward(some); });
  }
  in_portions(last, shard, [&](const Shard& some) {
    last.forward(some);
    laps.end(Phase::forward);
    last.backward(some);
    laps.end(Phase::backward);
  });
  for (size_t i = stages_.size() - 1; i-- > 0;) {
    in_portions(stages_[i], shard, [&](const Shard& some) { stages_[i].backward(some); });
  }
  laps.end(Phase::backward);
}

}  // namespace ae::plan
