// Recommendations from findings that are set by hand: which rule fires, what it says is at stake,
// and what it must never say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "proportions.h"
#include "recommend.h"
#include "recommendations_text.h"
#include "statistics.h"

namespace covey::driver {
namespace {

struct Case {
  Segmentation segmentation;
  Profile profile;
  Attribution attribution;
  Money money;
  AnalysisOptions analysis;

  std::vector<Recommendation> made() const {
    return recommend(segmentation, profile, attribution, money, analysis);
  }
};

Group channel(const std::string& name, std::int64_t sessions, std::int64_t conversions) {
  Group group;
  group.name = name;
  group.sessions = sessions;
  group.conversion = wilson(conversions, sessions);
  return group;
}

Persona persona(const std::string& name, std::int64_t sessions, std::int64_t conversions) {
  Persona made;
  made.name = name;
  made.sessions = sessions;
  made.conversion = wilson(conversions, sessions);
  made.reason = "Because";
  return made;
}

Comparison against_rest(const Group& group, const Rate& all, bool differs) {
  const Rate rest =
      wilson(all.successes - group.conversion.successes, all.trials - group.conversion.trials);
  Comparison made;
  made.a = group.name;
  made.b = "(rest)";
  made.rate_a = group.conversion;
  made.rate_b = rest;
  made.difference = newcombe(group.conversion, rest);
  made.p = made.p_adjusted = differs ? 0.001 : 0.4;
  made.differs = differs;
  return made;
}

/// Google 3,000 at 20 %, Direct 1,500 at 20 % and Ads 1,000 at 19 %.
Case shop(bool differs) {
  Case made;
  auto& channels = made.attribution.channels;
  channels = {channel("Google", 3000, 600), channel("Direct", 1500, 300),
              channel("Ads", 1000, 190)};
  made.profile.sessions = 5500;
  made.profile.conversion = wilson(1090, 5500);
  for (Group& group : channels) group.share = static_cast<double>(group.sessions) / 5500.0;
  Findings& findings = made.attribution.findings;
  findings.channel_conversion = Association{"channel", "conversion", 0.5, 2, 0.77};
  findings.channel_conversion->differs = differs;
  for (const Group& group : channels) {
    findings.channel_rest.push_back(
        against_rest(group, made.profile.conversion, differs && group.name == "Ads"));
  }
  Comparison pair;
  pair.a = "Google";
  pair.b = "Ads";
  pair.rate_a = channels[0].conversion;
  pair.rate_b = channels[2].conversion;
  pair.difference = newcombe(pair.rate_a, pair.rate_b);
  findings.channel_pairs = {pair};
  return made;
}

const Recommendation* find(const std::vector<Recommendation>& found, const std::string& rule) {
  const auto at = std::find_if(found.begin(), found.end(),
                               [&](const Recommendation& row) { return row.rule == rule; });
  return at == found.end() ? nullptr : &*at;
}

bool says(const std::vector<Recommendation>& found, const std::string& text) {
  return std::any_of(found.begin(), found.end(), [&](const Recommendation& row) {
    return (row.title + row.action + row.evidence).find(text) != std::string::npos;
  });
}

TEST(Recommend, WithoutCostDataAdsIsToBeTestedNotCut) {
  const auto found = shop(false).made();
  const Recommendation* ads = find(found, "test-before-cutting");
  ASSERT_NE(ads, nullptr);
  EXPECT_EQ(ads->title, "Ads: cost data is missing; test before changing its spend");
  EXPECT_EQ(ads->unit, "conversions");
  EXPECT_EQ(ads->at_stake->value, 190.0);
  EXPECT_EQ(ads->at_stake->low, wilson(190, 1000).low * 1000);
  EXPECT_NE(ads->settles.find("--spend"), std::string::npos);
  EXPECT_FALSE(says(found, "Reduce the spend"));
}

// A rate below that of the rest does not change that: what a channel costs is still not known.
TEST(Recommend, NeverSpeaksOfLessSpendWithoutSpend) {
  const auto found = shop(true).made();
  EXPECT_NE(find(found, "test-before-cutting"), nullptr);
  EXPECT_FALSE(says(found, "Reduce the spend"));
}

// Google - Ads is one point, and Ads, the lower one, has 1,000 sessions: 10 conversions.
TEST(Recommend, NothingDiffersSoRatesAreNoReasonToMoveBudget) {
  const auto found = shop(false).made();
  const Recommendation* keep = find(found, "keep-allocation");
  ASSERT_NE(keep, nullptr);
  EXPECT_NEAR(keep->at_stake->value, 10.0, 1e-9);
  EXPECT_LT(keep->at_stake->low, 0.0);
  EXPECT_EQ(keep->confidence, "low");  // the one pair is not shown to be equal
  EXPECT_EQ(find(found, "repair-channel"), nullptr);
}

TEST(Recommend, AChannelThatDiffersIsLookedInto) {
  const auto found = shop(true).made();
  const Recommendation* repair = find(found, "repair-channel");
  ASSERT_NE(repair, nullptr);
  EXPECT_EQ(find(found, "keep-allocation"), nullptr);
  // 19 % against 900 of 4,500: one point of 1,000 sessions.
  EXPECT_NEAR(repair->at_stake->value, 10.0, 1e-9);
  EXPECT_LT(repair->at_stake->low, repair->at_stake->high);
  EXPECT_EQ(repair->confidence, "moderate");
}

TEST(Recommend, WithinDeviceTypesTooRaisesConfidence) {
  Case made = shop(true);
  StratifiedComparison ads;
  ads.channel = "Ads";
  ads.odds_ratio = {0.9, 0.85, 0.95};
  ads.differs = true;
  made.attribution.findings.stratified = {ads};
  EXPECT_EQ(find(made.made(), "repair-channel")->confidence, "high");
}

TEST(Recommend, TheMixOfVisitorsMayExplainADifference) {
  Case made = shop(true);
  made.attribution.channels[2].by_both = Interval{0.198, 0.17, 0.22};
  const auto found = made.made();
  EXPECT_NE(find(found, "repair-channel")->action.find("who comes by it"), std::string::npos);
}

// 3,000 of 5,500 is 1.6 times a third.
TEST(Recommend, TheDominantChannelIsProtected) {
  const auto found = shop(false).made();
  const Recommendation* protect = find(found, "protect-dominant");
  ASSERT_NE(protect, nullptr);
  EXPECT_EQ(protect->at_stake->value, 600.0);
}

TEST(Recommend, EvenChannelsHaveNoDominantOne) {
  Case made = shop(false);
  for (Group& group : made.attribution.channels) group.share = 1.0 / 3.0;
  EXPECT_EQ(find(made.made(), "protect-dominant"), nullptr);
}

ChannelMoney ads_money(double spend, std::optional<Interval> returned) {
  ChannelMoney row;
  row.channel = "Ads";
  row.spend = spend;
  row.return_on_spend = returned;
  row.break_even_value = spend / 190.0;
  return row;
}

TEST(Recommend, SpendThatDoesNotReturnIsToBeReduced) {
  Case made = shop(false);
  made.money.given = true;
  made.money.currency = "EUR";
  made.money.channels = {ads_money(1000, Interval{0.5, 0.4, 0.6})};
  const auto found = made.made();
  const Recommendation* row = find(found, "spend-does-not-return");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->unit, "EUR");
  EXPECT_DOUBLE_EQ(row->at_stake->value, -500.0);
  EXPECT_DOUBLE_EQ(row->at_stake->low, -600.0);
  EXPECT_EQ(find(found, "test-before-cutting"), nullptr);
}

TEST(Recommend, AReturnWhoseIntervalHoldsOneIsNotSettled) {
  Case made = shop(false);
  made.money.given = true;
  made.money.channels = {ads_money(1000, Interval{1.1, 0.9, 1.3})};
  EXPECT_EQ(find(made.made(), "return-not-settled")->confidence, "low");
}

// As money gives it where too few sessions have revenue.
TEST(Recommend, AReturnWithoutIntervalIsNotSettled) {
  Case made = shop(false);
  made.money.given = true;
  made.money.channels = {ads_money(1000, Interval{0.1, -INFINITY, INFINITY})};
  const auto found = made.made();
  const Recommendation* row = find(found, "return-not-settled");
  ASSERT_NE(row, nullptr);
  EXPECT_FALSE(row->at_stake.has_value());
  EXPECT_TRUE(says(found, "0.10 (too few with revenue for an interval)"));
}

TEST(Recommend, NothingSpentIsNothingToJudge) {
  Case made = shop(false);
  made.analysis.paid = {"Ads"};
  made.money.given = true;
  made.money.channels = {ads_money(0, std::nullopt)};
  const auto found = made.made();
  EXPECT_EQ(find(found, "value-missing"), nullptr);
  EXPECT_EQ(find(found, "test-before-cutting"), nullptr);
}

TEST(Recommend, SpendWithoutValueAsksForTheValue) {
  Case made = shop(false);
  made.money.given = true;
  made.money.channels = {ads_money(1900, std::nullopt)};
  const auto found = made.made();
  ASSERT_NE(find(found, "value-missing"), nullptr);
  EXPECT_TRUE(says(found, "worth more than 10.00"));
  EXPECT_FALSE(says(found, "Reduce the spend"));
}

TEST(Recommend, UserSaysWhatIsPaid) {
  Case made = shop(false);
  made.analysis.paid = {"Direct"};
  const auto found = made.made();
  EXPECT_TRUE(says(found, "Direct: cost data is missing"));
  EXPECT_FALSE(says(found, "Ads: cost data is missing"));
}

TEST(Recommend, WordsThatMarkPaidTraffic) {
  for (const char* name : {"Ads", "google ads", "Google/CPC", "paid_social", "AFFILIATE"}) {
    EXPECT_TRUE(sounds_paid(name)) << name;
  }
  for (const char* name : {"Google", "Radar", "adsorb", "Email", "unpaid", ""}) {
    EXPECT_FALSE(sounds_paid(name)) << name;
  }
}

// Researchers do more than the rest (difference 2) and convert clearly less than buyers; browsers
// do so too, but stand out less.
TEST(Recommend, TheEngagedPersonaThatLeavesIsRetargeted) {
  Case made = shop(false);
  made.profile.personas = {persona("Buyers", 1000, 500), persona("Researchers", 2000, 400),
                           persona("Browsers", 2500, 190)};
  made.profile.personas[1].difference = {2.0};
  made.profile.personas[1].defining = {0};
  made.profile.personas[2].difference = {0.7};
  made.profile.personas[2].defining = {0};
  const auto found = made.made();
  const Recommendation* retarget = find(found, "retarget-engaged");
  ASSERT_NE(retarget, nullptr);
  EXPECT_EQ(retarget->title, "Retarget Researchers: engaged, and 80.0 % leave without buying");
  EXPECT_EQ(retarget->at_stake->value, 1600.0);
  EXPECT_EQ(retarget->at_stake->low, (1.0 - wilson(400, 2000).high) * 2000);
  const Recommendation* serve = find(found, "serve-ready");
  ASSERT_NE(serve, nullptr);
  EXPECT_EQ(serve->at_stake->value, 500.0);
}

// Those who leave at once stand out too, by their bounce rate, but they are not hesitant.
TEST(Recommend, APersonaThatBuysLessThanTheAverageIsNotRetargeted) {
  Case made = shop(false);
  made.profile.personas = {persona("Buyers", 1000, 500), persona("Bouncers", 2000, 20)};
  made.profile.personas[1].difference = {3.0};
  made.profile.personas[1].defining = {0};
  EXPECT_EQ(find(made.made(), "retarget-engaged"), nullptr);
}

TEST(Recommend, AChannelWithoutALetterIsCalledAChannel) {
  Case made = shop(true);
  made.attribution.channels[0].name = "2";
  EXPECT_TRUE(says(made.made(), "Protect channel 2: the shop lives by it"));
}

TEST(Recommend, SessionsWithoutAChannelAreNoChannelToProtect) {
  Case made = shop(false);
  made.attribution.channels[0].name = kMissingCategory;
  made.attribution.channels[1].share = 0.5;
  EXPECT_TRUE(says(made.made(), "Protect Direct"));
}

TEST(Recommend, APersonaThatIsARuleIsAddressedByIt) {
  Case made = shop(false);
  made.profile.personas = {persona("Buyers", 1000, 500)};
  made.profile.personas[0].rule = {"cart = 1", 1.0, 0.98, true};
  const auto found = made.made();
  ASSERT_NE(find(found, "use-the-rule"), nullptr);
  EXPECT_EQ(find(found, "use-the-rule")->title, "Address Buyers by the rule cart = 1");
}

TEST(Recommend, StructureThatIsNotClearIsSaid) {
  Case made = shop(false);
  for (const auto& [structure, rule] : {std::pair{Structure::kNone, "no-structure"},
                                        std::pair{Structure::kUnstable, "unstable-personas"},
                                        std::pair{Structure::kWeak, "weak-structure"},
                                        std::pair{Structure::kSeveral, "several-k"}}) {
    made.segmentation.choice.structure = structure;
    EXPECT_NE(find(made.made(), rule), nullptr) << rule;
  }
  made.segmentation.choice.sentence = "One cloud.";
  EXPECT_EQ(find(made.made(), "several-k")->evidence, "One cloud");
  for (const Structure structure : {Structure::kClear, Structure::kNotTested}) {
    made.segmentation.choice.structure = structure;
    for (const char* rule : {"no-structure", "unstable-personas", "weak-structure", "several-k"}) {
      EXPECT_EQ(find(made.made(), rule), nullptr) << rule;
    }
  }
}

TEST(Recommend, NothingIsSaidOfRatesWithoutConversions) {
  Case made;
  made.attribution.channels = {channel("Google", 10, 0)};
  made.attribution.channels[0].conversion = {};
  EXPECT_TRUE(made.made().empty());
}

Recommendation hostile() {
  Recommendation row;
  row.rule = "r";
  row.title = "=1+1 <script>*x*</script>";
  row.action = "Do, \"it\"";
  row.evidence = "Line\nbreak";
  row.unit = "sessions";
  row.at_stake = Interval{1234.5, 1000, 2000};
  row.confidence = "low";
  row.settles = "more";
  return row;
}

TEST(RecommendationsText, CsvQuotesAndDisarms) {
  EXPECT_EQ(csv_of(recommendations_sheet({hostile()})),
            "number,rule,recommendation,action,evidence,at_stake,at_stake_low,at_stake_high,unit,"
            "confidence,settles\n"
            "1,r,\"'=1+1 <script>*x*</script>\",\"Do, \"\"it\"\"\",\"Line\nbreak\",1234.5,1000,"
            "2000,sessions,low,more\n");
}

TEST(RecommendationsText, NothingAtStakeIsEmptyCells) {
  Recommendation row = hostile();
  row.at_stake.reset();
  row.unit.clear();
  row.evidence = "E";
  row.title = "T";
  row.action = "A";
  EXPECT_NE(csv_of(recommendations_sheet({row})).find("1,r,T,A,E,,,,,low,more\n"),
            std::string::npos);
  EXPECT_TRUE(recommendations_json({row})[0]["at_stake"].is_null());
}

TEST(RecommendationsText, MarkdownShowsNamesAsText) {
  const std::string text = recommendations_markdown({hostile()});
  EXPECT_NE(text.find("## 1. =1+1 \\<script\\>\\*x\\*\\</script\\>"), std::string::npos);
  EXPECT_EQ(text.find("<script>"), std::string::npos);
  EXPECT_NE(text.find("- **At stake**: 1,235 (1,000 to 2,000) sessions"), std::string::npos);
}

TEST(RecommendationsText, TerminalLinesKeepToTheWidth) {
  TextOptions options;
  options.width = 40;
  const std::string text = recommendation_list({hostile(), hostile()}, options);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 40U);
    begin = end + 1;
  }
  EXPECT_NE(text.find("2. =1+1"), std::string::npos);
}

}  // namespace
}  // namespace covey::driver
