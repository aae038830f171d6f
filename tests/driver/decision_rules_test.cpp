#include "decision_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "rule_sample.h"
#include "separating_decimal.h"

namespace covey::driver {
namespace {

/// 0 to n - 1.
int drawn_below(std::mt19937& random, int n) {
  return static_cast<int>(random() % static_cast<unsigned>(n));
}

TEST(SeparatingDecimal, IsTheShortest) {
  EXPECT_EQ(decimal_at_most(270, 271), 271);
  EXPECT_EQ(decimal_at_least(3, 4), 3);
  EXPECT_EQ(decimal_at_most(-2, 3), 0);
  EXPECT_EQ(decimal_at_least(0, 1), 0);
  EXPECT_EQ(decimal_at_most(0, 1), 0.5);
  EXPECT_EQ(decimal_at_most(3, 101), 50);
  EXPECT_EQ(decimal_at_most(99.6, 100.4), 100);
  EXPECT_EQ(decimal_at_most(0.1234, 0.1236), 0.1235);
  EXPECT_EQ(decimal_at_least(-271, -270), -271);
  EXPECT_EQ(decimal_at_most(1e300, 1.6e300), 1.3e300);
}

TEST(SeparatingDecimal, SeparatesNeighbouringDoubles) {
  for (const double x : {1.0, 0.1, 123456.789, -1.0 / 3.0, 1e-300}) {
    const double above = std::nextafter(x, HUGE_VAL), below = std::nextafter(x, -HUGE_VAL);
    EXPECT_EQ(decimal_at_most(below, x), x);
    EXPECT_EQ(decimal_at_least(x, above), x);
  }
}

/// Rows with their clusters, and what the search is told of them.
struct Data {
  std::vector<std::string> names;
  std::vector<std::vector<double>> features;
  std::vector<std::int32_t> cluster;
  std::vector<std::uint32_t> multiplicity;
  std::int64_t distinct = 0;  ///< 0: the number of rows
  int clusters = 2;

  template <typename Use>
  auto use(Use call) const {
    Columns columns;
    columns.rows = static_cast<std::int64_t>(cluster.size());
    for (const auto& feature : features) columns.features.push_back({feature.data(), 1});
    columns.multiplicity = multiplicity;
    std::vector<std::int64_t> sessions(clusters, 0);
    for (std::size_t row = 0; row < cluster.size(); ++row)
      sessions[cluster[row]] += columns.weight(static_cast<std::int64_t>(row));
    const std::vector<std::vector<double>> difference(clusters,
                                                      std::vector<double>(features.size(), 1.0));
    return call(RuleSearch{columns, cluster, sessions, distinct == 0 ? columns.rows : distinct,
                           difference});
  }
  std::vector<DecisionRule> rules() const {
    return use([&](const RuleSearch& search) { return decision_rules(search, names); });
  }
};

// Cart is set in all 4 sessions of cluster 1 and in 1 of the 16 others: F1 = 8/9, and precision 4/5
// is not enough to be that rule.
TEST(DecisionRules, OneConditionOnAFlag) {
  Data data{{"cart"}, {std::vector<double>(20, 0.0)}, std::vector<std::int32_t>(20, 0), {}};
  for (int row = 0; row < 5; ++row) data.features[0][row] = 1;
  for (int row = 0; row < 4; ++row) data.cluster[row] = 1;
  const auto rules = data.rules();
  EXPECT_EQ(rules[0].text, "cart = 0");
  EXPECT_EQ(rules[0].precision, 1.0);
  EXPECT_EQ(rules[0].recall, 15.0 / 16.0);
  EXPECT_FALSE(rules[0].equals);
  EXPECT_EQ(rules[1].text, "cart = 1");
  EXPECT_EQ(rules[1].precision, 0.8);
  EXPECT_EQ(rules[1].recall, 1.0);
  EXPECT_FALSE(rules[1].equals);
}

TEST(DecisionRules, OneThatHoldsForAllButAFewIsThePersona) {
  Data data{{"x"}, {std::vector<double>(200)}, std::vector<std::int32_t>(200, 0), {}};
  std::iota(data.features[0].begin(), data.features[0].end(), 0.0);
  std::fill(data.cluster.begin() + 101, data.cluster.end(), 1);
  data.cluster[3] = 1;
  const auto rules = data.rules();
  EXPECT_EQ(rules[0].text, "x <= 100");
  EXPECT_EQ(rules[0].precision, 100.0 / 101.0);
  EXPECT_EQ(rules[0].recall, 1.0);
  EXPECT_TRUE(rules[0].equals);
  EXPECT_EQ(rules[1].text, "x >= 101");
  EXPECT_EQ(rules[1].recall, 0.99);
  EXPECT_TRUE(rules[1].equals);
}

// Clusters 0, 1, 2 are x below 300, from 300 to 699, above: more values than bins, so the
// thresholds of the middle one are found within bins.
TEST(DecisionRules, TwoConditionsOnOneFeature) {
  Data data{{"x"}, {std::vector<double>(1000)}, std::vector<std::int32_t>(1000, 0), {}};
  data.clusters = 3;
  for (int row = 0; row < 1000; ++row) {
    data.features[0][row] = row;
    data.cluster[row] = row < 300 ? 0 : row < 700 ? 1 : 2;
  }
  const auto rules = data.rules();
  EXPECT_EQ(rules[0].text, "x <= 299");
  EXPECT_EQ(rules[1].text, "x >= 300 and x <= 699");
  EXPECT_EQ(rules[1].precision, 1.0);
  EXPECT_EQ(rules[1].recall, 1.0);
  EXPECT_FALSE(rules[1].equals);  // two conditions
  EXPECT_EQ(rules[2].text, "x >= 700");
}

// Cluster 1 is x >= 5 and flag = 0. Alone, x >= 5 has precision 1/2 or so.
TEST(DecisionRules, TwoConditionsOnTwoFeatures) {
  Data data{{"x", "flag"}, {{}, {}}, {}, {}};
  for (int x = 0; x < 10; ++x) {
    for (int flag = 0; flag < 2; ++flag) {
      data.features[0].push_back(x);
      data.features[1].push_back(flag);
      data.cluster.push_back(x >= 5 && flag == 0 ? 1 : 0);
    }
  }
  const auto rules = data.rules();
  EXPECT_EQ(rules[1].text, "x >= 5 and flag = 0");
  EXPECT_EQ(rules[1].precision, 1.0);
  EXPECT_EQ(rules[1].recall, 1.0);
}

// x >= 50 holds for the 50 sessions of cluster 1 and for one other: F1 = 100/101. y = 0 would leave
// that one out, but adds only 1/101.
TEST(DecisionRules, ASecondConditionMustGain) {
  Data data{{"x", "y"}, {{}, {}}, {}, {}};
  for (int row = 0; row < 100; ++row) {
    data.features[0].push_back(row);
    data.features[1].push_back(row == 99 ? 1 : 0);
    data.cluster.push_back(row >= 50 && row < 99 ? 1 : 0);
  }
  EXPECT_EQ(data.rules()[1].text, "x >= 50");
}

TEST(DecisionRules, NoneWhereNothingSetsAPersonaApart) {
  Data one{{"x"}, {{1, 2, 3}}, {0, 0, 0}, {}};
  one.clusters = 1;
  EXPECT_TRUE(one.rules()[0].text.empty());
  one.clusters = 2;  // the second holds no session
  EXPECT_TRUE(one.rules()[0].text.empty());
  EXPECT_TRUE(one.rules()[1].text.empty());
  const Data constant{{"x"}, {{5, 5, 5}}, {0, 1, 0}, {}};
  EXPECT_TRUE(constant.rules()[0].text.empty());
  EXPECT_TRUE(constant.rules()[1].text.empty());
}

/// The best F1 of one condition, by trying all.
double best_single(const Data& data, std::int32_t cluster) {
  double best = 0;
  const auto consider = [&](auto holds) {
    double met = 0, own = 0, sessions = 0;
    for (std::size_t row = 0; row < data.cluster.size(); ++row) {
      const double weight = data.multiplicity[row];
      if (data.cluster[row] == cluster) sessions += weight;
      if (!holds(row)) continue;
      met += weight;
      if (data.cluster[row] == cluster) own += weight;
    }
    best = std::max(best, 2 * own / (met + sessions));
  };
  for (const auto& feature : data.features) {
    for (const double t : feature) {
      consider([&](std::size_t row) { return feature[row] >= t; });
      consider([&](std::size_t row) { return feature[row] <= t; });
    }
  }
  return best;
}

TEST(DecisionRules, NeverWorseThanEverySingleCondition) {
  std::mt19937 random(5);
  for (int round = 0; round < 20; ++round) {
    Data data{{"a", "b", "c"}, {{}, {}, {}}, {}, {}};
    data.clusters = 3;
    for (int row = 0; row < 60; ++row) {
      for (std::size_t f = 0; f < 3; ++f)
        data.features[f].push_back(drawn_below(random, 4 + 20 * static_cast<int>(f)) *
                                   (f == 2 ? 0.1 : 1.0));
      const double score =
          data.features[0][row] + data.features[1][row] / 8 + drawn_below(random, 3);
      data.cluster.push_back(score < 3 ? 0 : score < 5 ? 1 : 2);
      data.multiplicity.push_back(static_cast<std::uint32_t>(1 + drawn_below(random, 3)));
    }
    const auto rules = data.rules();
    for (std::int32_t c = 0; c < 3; ++c) {
      const DecisionRule& rule = rules[c];
      if (rule.text.empty()) continue;
      const double f1 = 2 * rule.precision * rule.recall / (rule.precision + rule.recall);
      EXPECT_GE(f1, best_single(data, c) - 1e-12) << rule.text;
    }
  }
}

/// More tuples than the sample takes; cluster 2 is rare.
Data many_rows(int rows) {
  std::mt19937 random(8);
  std::normal_distribution<double> normal;
  Data data{{"x", "y"}, {{}, {}}, {}, {}};
  data.clusters = 3;
  for (int row = 0; row < rows; ++row) {
    const double x = normal(random), y = normal(random);
    data.features[0].push_back(x);
    data.features[1].push_back(y);
    data.cluster.push_back(x > 2.75 ? 2 : x + y > 0.5 ? 1 : 0);
    data.multiplicity.push_back(static_cast<std::uint32_t>(1 + drawn_below(random, 3)));
  }
  return data;
}

void expect_equal(const std::vector<DecisionRule>& a, const std::vector<DecisionRule>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t c = 0; c < a.size(); ++c) {
    EXPECT_EQ(a[c].text, b[c].text);
    EXPECT_EQ(a[c].precision, b[c].precision);
    EXPECT_EQ(a[c].recall, b[c].recall);
  }
}

// Rows in another order, and some rows twice with their multiplicity shared out: the same sample,
// the same rules.
TEST(DecisionRules, NeitherOrderNorRepetitionOfRowsMatters) {
  const Data data = many_rows(70'000);
  Data other = data;
  other.distinct = 70'000;
  std::vector<std::size_t> order(70'000);
  std::iota(order.begin(), order.end(), 0U);
  std::shuffle(order.begin(), order.end(), std::mt19937(3));
  for (std::size_t to = 0; to < order.size(); ++to) {
    for (std::size_t f = 0; f < 2; ++f) other.features[f][to] = data.features[f][order[to]];
    other.cluster[to] = data.cluster[order[to]];
    other.multiplicity[to] = data.multiplicity[order[to]];
  }
  for (std::size_t row = 0; row < 70'000; ++row) {
    if (other.multiplicity[row] < 3) continue;
    for (auto& feature : other.features) feature.push_back(feature[row]);
    other.cluster.push_back(other.cluster[row]);
    other.multiplicity.push_back(1);
    other.multiplicity[row] -= 1;
  }
  const auto rules = data.rules();
  expect_equal(rules, other.rules());
  EXPECT_EQ(rules[2].text.substr(0, 5), "x >= ");
  EXPECT_GT(rules[2].precision, 0.9);
  EXPECT_GT(rules[2].recall, 0.9);
}

// 1,000 of 8,000 tuples: one in 2^3 is drawn, and counts eight times. The rare cluster has fewer
// sessions than a third of 500, so that each of its tuples is drawn, and counts once.
TEST(RuleSample, RareClustersAreDrawnWhole) {
  const Data data = many_rows(8'000);
  data.use([&](const RuleSearch& search) {
    const RuleSample sample = rule_sample(search, 1'000);
    const auto rare = std::count(data.cluster.begin(), data.cluster.end(), 2);
    EXPECT_EQ(sample.begin[3] - sample.begin[2], static_cast<std::size_t>(rare));
    EXPECT_EQ(sample.sessions[2], search.sessions[2]);
    EXPECT_LT(sample.size(), 2'000U);
    for (std::size_t at = 0; at < sample.begin[1]; ++at)
      EXPECT_EQ(sample.weight[at], 8 * std::int64_t{search.columns.weight(sample.row[at])});
    const auto estimate = static_cast<double>(sample.sessions[0]);
    EXPECT_NEAR(estimate / static_cast<double>(search.sessions[0]), 1.0, 0.2);
  });
}

// The grid may hold fewer points than tuples differ; the sample keeps its size all the same.
TEST(RuleSample, KeepsItsSizeWhereTheGridIsCoarse) {
  Data data = many_rows(8'000);
  data.distinct = 1;
  data.use([&](const RuleSearch& search) {
    const RuleSample sample = rule_sample(search, 500);
    EXPECT_LE(sample.size(), 2'000U);
    EXPECT_GE(sample.size(), 500U);
  });
}

TEST(RuleSample, TakesEverythingThatFits) {
  const Data data = many_rows(900);
  data.use([&](const RuleSearch& search) {
    const RuleSample sample = rule_sample(search, 1'000);
    EXPECT_EQ(sample.size(), 900U);
    EXPECT_EQ(sample.sessions,
              std::vector<std::int64_t>(search.sessions.begin(), search.sessions.end()));
    EXPECT_EQ(std::set<std::int64_t>(sample.row.begin(), sample.row.end()).size(), 900U);
  });
}

// 300 features, of which the last alone, by far the largest d, tells the clusters apart.
TEST(DecisionRules, ManyFeatures) {
  std::mt19937 random(2);
  Data data;
  for (int f = 0; f < 300; ++f) {
    data.names.push_back("f" + std::to_string(f));
    auto& feature = data.features.emplace_back();
    for (int row = 0; row < 200; ++row) feature.push_back(drawn_below(random, 10));
  }
  for (int row = 0; row < 200; ++row) {
    data.cluster.push_back(row % 2);
    data.features.back()[row] += 20.0 * (row % 2);
  }
  const auto rules = data.use([&](const RuleSearch& search) {
    std::vector<std::vector<double>> difference(2, std::vector<double>(300, 0.1));
    difference[0].back() = -5;
    difference[1].back() = 5;
    return decision_rules(
        {search.columns, search.cluster, search.sessions, search.distinct, difference}, data.names);
  });
  EXPECT_EQ(rules[0].text, "f299 <= 10");
  EXPECT_EQ(rules[1].text, "f299 >= 10");
}

}  // namespace
}  // namespace covey::driver
