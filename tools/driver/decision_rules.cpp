#include "decision_rules.h"

#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>

#include "row_sums.h"

namespace covey::driver {
namespace {

using Rules = std::vector<std::vector<Condition>>;

/// Sessions that meet each rule, and those of them that are the rule's cluster's.
struct Met {
  std::vector<std::int64_t> all, own;
};

constexpr std::int64_t kBlock = 2048;
using Block = tbb::blocked_range<std::int64_t>;

/// weight[i] of the rows of a block, 0 where a condition does not hold.
void keep_where(const Condition& condition, const Columns& columns, const Block& rows,
                std::array<std::uint32_t, kBlock>& weight) {
  const Column& values = columns.features[static_cast<std::size_t>(condition.feature)];
  for (std::int64_t row = rows.begin(); row != rows.end(); ++row) {
    const double x = values[row];
    const auto holds = static_cast<std::uint32_t>(x >= condition.low) &
                       static_cast<std::uint32_t>(x <= condition.high);
    weight[static_cast<std::size_t>(row - rows.begin())] &= 0U - holds;
  }
}

void count_block(const RuleSearch& search, const Rules& rules, const Block& rows, Met& met) {
  std::array<std::uint32_t, kBlock> all_weights, weight;
  for (std::int64_t row = rows.begin(); row != rows.end(); ++row)
    all_weights[static_cast<std::size_t>(row - rows.begin())] = search.columns.weight(row);
  for (std::size_t c = 0; c < rules.size(); ++c) {
    if (rules[c].empty()) continue;
    weight = all_weights;
    for (const Condition& condition : rules[c]) keep_where(condition, search.columns, rows, weight);
    const std::int32_t* label = &search.cluster[static_cast<std::size_t>(rows.begin())];
    std::int64_t all = 0, own = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      all += weight[i];
      own += label[i] == static_cast<std::int32_t>(c) ? weight[i] : 0;
    }
    met.all[c] += all;
    met.own[c] += own;
  }
}

Met count_met(const RuleSearch& search, const Rules& rules) {
  const std::vector<std::int64_t> none(rules.size(), 0);
  tbb::enumerable_thread_specific<Met> sums(Met{none, none});
  const std::int64_t blocks = (search.columns.rows + kBlock - 1) / kBlock;
  tbb::parallel_for(std::int64_t{0}, blocks, [&](std::int64_t block) {
    const std::int64_t begin = block * kBlock;
    const Block rows(begin, std::min(begin + kBlock, search.columns.rows));
    count_block(search, rules, rows, sums.local());
  });
  Met total{none, none};
  for (const Met& sum : sums) {
    add_entries(total.all, sum.all);
    add_entries(total.own, sum.own);
  }
  return total;
}

}  // namespace

std::string rule_text(const std::vector<Condition>& conditions,
                      const std::vector<std::string>& feature_names) {
  std::string text;
  for (const Condition& condition : conditions) {
    const std::string& name = feature_names[static_cast<std::size_t>(condition.feature)];
    if (!text.empty()) text += " and ";
    if (condition.low == condition.high) {
      text += fmt::format("{} = {}", name, condition.low);
    } else if (condition.high == std::numeric_limits<double>::infinity()) {
      text += fmt::format("{} >= {}", name, condition.low);
    } else {
      text += fmt::format("{} <= {}", name, condition.high);
    }
  }
  return text;
}

std::vector<DecisionRule> decision_rules(const RuleSearch& search,
                                         const std::vector<std::string>& feature_names) {
  const Rules rules = search_rules(search);
  const Met met = count_met(search, rules);
  std::vector<DecisionRule> result(rules.size());
  for (std::size_t c = 0; c < rules.size(); ++c) {
    if (met.own[c] == 0) continue;
    DecisionRule& rule = result[c];
    const auto own = static_cast<double>(met.own[c]);
    rule.text = rule_text(rules[c], feature_names);
    rule.precision = own / static_cast<double>(met.all[c]);
    rule.recall = own / static_cast<double>(search.sessions[c]);
    rule.equals = rules[c].size() == 1 && rule.precision >= kRuleShare && rule.recall >= kRuleShare;
  }
  return result;
}

}  // namespace covey::driver
