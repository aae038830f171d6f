// What channels cost and bring in, on figures that can be made by hand.
#include "money.h"

#include <fmt/format.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "covey/error.h"
#include "ingest_helpers.h"
#include "money_tables.h"
#include "result_money.h"
#include "statistics.h"

namespace covey::driver {
namespace {

/// Channels Ads (1,000 sessions, 100 conversions) and Direct (400, 40); two personas.
struct Shop {
  Sessions sessions;
  Profile profile;
  Attribution attribution;
  AnalysisOptions analysis;
  std::optional<Spend> spend;

  Shop() {
    sessions.channel.names = {"Ads", "Direct"};
    attribution.channels = {{"Ads", 1000, 1000.0 / 1400, wilson(100, 1000)},
                            {"Direct", 400, 400.0 / 1400, wilson(40, 400)}};
    attribution.channel_personas = {{"Ads", 1, "Passerby", 750},
                                    {"Ads", 0, "Buyer, eager", 250},
                                    {"Direct", 1, "Passerby", 400},
                                    {"Direct", 0, "Buyer, eager", 0}};
    profile.personas.resize(2);
    profile.personas[0] = {0, "Buyer, eager", 250};
    profile.personas[1] = {1, "Passerby", 1150};
    profile.sessions = 1400;
    profile.conversion = wilson(140, 1400);
  }
  void spent(std::vector<ChannelSpend> channels) {
    analysis.spend = "spend.csv";
    spend = Spend{"EUR", "Oct", std::move(channels), {}};
  }
  Money money() const { return make_money(sessions, profile, attribution, analysis, spend); }
};

/// 100 sessions of one channel, the first `paying` of which brought `amount` and converted.
Shop shop_with_revenue(int paying, double amount) {
  Shop shop;
  shop.sessions.channel = {{"Ads"}, std::vector<std::int32_t>(100, 0)};
  shop.sessions.features = {std::vector<double>(100, 0)};
  shop.sessions.revenue.assign(100, 0);
  shop.sessions.conversion.assign(100, 0);
  std::fill_n(shop.sessions.revenue.begin(), paying, amount);
  std::fill_n(shop.sessions.conversion.begin(), paying, 1);
  shop.attribution.channels = {{"Ads", 100, 1, wilson(paying, 100)}};
  shop.attribution.channel_personas = {{"Ads", 0, "Buyer, eager", 100}};
  shop.profile.sessions = 100;
  shop.profile.conversion = wilson(paying, 100);
  return shop;
}

void expect_interval(const std::optional<Interval>& interval, double value, double low, double high,
                     double tolerance) {
  ASSERT_TRUE(interval.has_value());
  EXPECT_NEAR(interval->value, value, tolerance);
  EXPECT_NEAR(interval->low, low, tolerance);
  EXPECT_NEAR(interval->high, high, tolerance);
}

TEST(MoneyTest, NothingIsGivenUnlessAsked) { EXPECT_FALSE(Shop().money().given); }

// Wilson's interval of 100 in 1,000 is 0.0829094 to 0.1201520.
TEST(MoneyTest, SpendAndValueGiveCostsReturnAndBreakEven) {
  Shop shop;
  shop.spent({{"Ads", 500}});
  shop.analysis.value = 8;
  const Money money = shop.money();
  ASSERT_EQ(money.channels.size(), 2U);
  const ChannelMoney& ads = money.channels[0];
  EXPECT_EQ(ads.spend, 500);
  EXPECT_EQ(ads.sessions, 1000);
  EXPECT_EQ(ads.conversions, 100);
  EXPECT_EQ(ads.cost_per_session, 0.5);
  expect_interval(ads.cost_per_conversion, 5, 0.5 / 0.1201519632, 0.5 / 0.0829094436, 1e-8);
  expect_interval(ads.revenue, 800, 663.2755487, 961.2157056, 1e-6);
  expect_interval(ads.return_on_spend, 1.6, 1.3265511, 1.9224314, 1e-7);
  EXPECT_EQ(ads.break_even_value, 5);
  EXPECT_EQ(ads.break_even_rate, 500.0 / 8000);
  EXPECT_EQ(ads.break_even_margin, 500.0 / 800);
  EXPECT_EQ(ads.persona_cost, (std::vector<std::optional<double>>{2, 500.0 / 750}));
  EXPECT_EQ(ads.verdict, "earns back its cost");

  const ChannelMoney& direct = money.channels[1];
  EXPECT_FALSE(direct.spend || direct.cost_per_session || direct.cost_per_conversion ||
               direct.return_on_spend || direct.break_even_value || direct.break_even_rate ||
               direct.break_even_margin || direct.persona_cost[0]);
  EXPECT_EQ(direct.revenue->value, 320);
  EXPECT_EQ(direct.verdict, "spend unknown");
  EXPECT_EQ(money.total.spend, 500);
  EXPECT_EQ(money.total.sessions, 1000);
}

TEST(MoneyTest, TheTotalIsOfChannelsWithSpend) {
  Shop shop;
  shop.spent({{"Ads", 500}, {"Direct", 60}, {"Drect", 140}});
  const Money money = shop.money();
  EXPECT_EQ(money.total.channel, "(total)");
  EXPECT_EQ(money.total.spend, 700);
  EXPECT_EQ(money.total.sessions, 1400);
  EXPECT_EQ(money.total.conversions, 140);
  EXPECT_EQ(money.total.cost_per_session, 0.5);
  expect_interval(money.total.cost_per_conversion, 5, 0.5 / 0.1168258380, 0.5 / 0.0853632746, 1e-8);
  EXPECT_EQ(money.total.persona_cost[1], 700.0 / 1150);
  EXPECT_EQ(money.total.verdict, "revenue unknown");

  ASSERT_EQ(money.channels.size(), 3U);
  const ChannelMoney& unknown = money.channels[2];
  EXPECT_EQ(unknown.channel, "Drect");
  EXPECT_EQ(unknown.sessions, 0);
  EXPECT_FALSE(unknown.cost_per_session || unknown.revenue || unknown.break_even_value);
  EXPECT_EQ(unknown.verdict, "no sessions in the data");
  ASSERT_EQ(money.warnings.size(), 1U);
  EXPECT_NE(money.warnings[0].find("did you mean 'Direct'?"), std::string::npos);
}

TEST(MoneyTest, WithoutSpendTheTotalIsOfAllSessions) {
  Shop shop;
  shop.analysis.value = 10;
  const Money money = shop.money();
  EXPECT_EQ(money.total.sessions, 1400);
  EXPECT_EQ(money.total.revenue->value, 1400);
  EXPECT_EQ(money.total.verdict, "spend unknown");
}

TEST(MoneyTest, NothingSpentHasNoReturn) {
  Shop shop;
  shop.spent({{"Ads", 0}});
  shop.analysis.value = 10;
  const ChannelMoney ads = shop.money().channels[0];
  EXPECT_EQ(ads.cost_per_session, 0);
  EXPECT_EQ(ads.break_even_rate, 0);
  EXPECT_FALSE(ads.return_on_spend.has_value());
  EXPECT_EQ(ads.verdict, "nothing spent");
}

// No conversions: what one costs is not known, but that their value is below the spend is.
TEST(MoneyTest, NoConversions) {
  Shop shop;
  shop.attribution.channels[0].conversion = wilson(0, 1000);
  shop.spent({{"Ads", 500}});
  shop.analysis.value = 10;
  const ChannelMoney ads = shop.money().channels[0];
  EXPECT_FALSE(ads.cost_per_conversion || ads.break_even_value || ads.break_even_margin);
  EXPECT_EQ(ads.break_even_rate, 0.05);
  EXPECT_EQ(ads.verdict, "does not earn back its cost");
}

// 40 of 100 sessions bring 10: sample variance 100 (0.4) (0.6) (100 / 99), so the sum is 400 +-
// 1.959964 sqrt(24.2424) 10 = 400 +- 96.5019.
TEST(MoneyTest, RevenueByColumn) {
  Shop shop = shop_with_revenue(40, 10);
  const auto verdict_at = [&](double spend) {
    shop.spent({{"Ads", spend}});
    return shop.money().channels[0].verdict;
  };
  EXPECT_EQ(verdict_at(300), "earns back its cost");
  EXPECT_EQ(verdict_at(600), "does not earn back its cost");
  EXPECT_EQ(verdict_at(400), "cannot be told");
  const ChannelMoney ads = shop.money().channels[0];
  expect_interval(ads.revenue, 400, 303.4981, 496.5019, 1e-4);
  expect_interval(ads.return_on_spend, 1, 0.7587453, 1.2412547, 1e-6);
  EXPECT_EQ(ads.break_even_value, 10);
  EXPECT_EQ(ads.break_even_rate, 0.4);
  EXPECT_EQ(ads.break_even_margin, 1);
}

TEST(MoneyTest, TooFewSessionsWithRevenueGiveNoInterval) {
  Shop shop = shop_with_revenue(29, 10);
  shop.spent({{"Ads", 1}});
  const Money money = shop.money();
  EXPECT_EQ(money.channels[0].return_on_spend->value, 290);
  EXPECT_EQ(money.channels[0].verdict, "cannot be told (too few with revenue)");
  const std::string csv = csv_of(money_sheet(money, shop.profile));
  EXPECT_NE(csv.find(",290,,,290,,,"), std::string::npos) << csv;
  EXPECT_TRUE(money_json(money, shop.profile)["total"]["roas_low"].is_null());
  EXPECT_EQ(money_table(money, {}).find("inf"), std::string::npos);
}

TEST(MoneyTest, RefundsAboveRevenueHaveNoBreakEven) {
  Shop shop = shop_with_revenue(40, -10);
  shop.spent({{"Ads", 100}});
  const ChannelMoney ads = shop.money().channels[0];
  EXPECT_EQ(ads.return_on_spend->value, -4);
  EXPECT_FALSE(ads.break_even_margin || ads.break_even_rate);
  EXPECT_EQ(ads.verdict, "does not earn back its cost");
}

TEST(MoneyTest, RevenueWithoutConversionIsToldOf) {
  Shop shop = shop_with_revenue(40, 10);
  shop.sessions.conversion[0] = 0;
  const Money money = shop.money();
  ASSERT_EQ(money.warnings.size(), 1U);
  EXPECT_NE(money.warnings[0].find("1 session that did not convert has revenue"),
            std::string::npos);
}

// A row of multiplicity m is m rows; the order of rows and the threads change no bit.
TEST(MoneyTest, SumsAreExactInAnyOrder) {
  std::mt19937 draw(1);
  struct Row {
    std::int32_t channel;
    double revenue;
    std::uint32_t count;
  };
  std::vector<Row> rows;
  for (int row = 0; row < 2000; ++row) {
    rows.push_back({static_cast<std::int32_t>(draw() % 2),
                    (static_cast<int>(draw() % 20000) - 1000) / 100.0,
                    1 + static_cast<std::uint32_t>(draw() % 3)});
  }
  const auto csv_from = [&](bool repeated) {
    Shop shop;
    shop.spent({{"Ads", 500}, {"Direct", 100}});
    for (const Row& row : rows) {
      for (std::uint32_t copy = 0; copy < (repeated ? row.count : 1); ++copy) {
        shop.sessions.channel.code.push_back(row.channel);
        shop.sessions.revenue.push_back(row.revenue);
        if (!repeated) shop.sessions.multiplicity.push_back(row.count);
      }
    }
    shop.sessions.features = {std::vector<double>(shop.sessions.revenue.size(), 0)};
    return csv_of(money_sheet(shop.money(), shop.profile));
  };
  const std::string expected = csv_from(false);
  EXPECT_EQ(csv_from(true), expected);
  std::shuffle(rows.begin(), rows.end(), draw);
  EXPECT_EQ(csv_from(false), expected);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(csv_from(false), expected);
  // In hundredths the sum is a whole number.
  std::int64_t cents = 0;
  for (const Row& row : rows)
    if (row.channel == 0) cents += std::llround(row.revenue * 100) * row.count;
  EXPECT_NE(expected.find(fmt::format(",{},", static_cast<double>(cents) / 100)),
            std::string::npos);
}

TEST(MoneyTest, OptionsThatDoNotGoTogether) {
  Mapping mapping;
  AnalysisOptions analysis;
  const auto expect_refused = [&](std::string_view part) {
    testing::expect_error([&] { check_money_options(mapping, analysis); }, ErrorKind::kUsage, part);
  };
  for (const double value : {0.0, -1.0, std::nan(""), 1e16}) {
    analysis.value = value;
    expect_refused("give an amount above 0");
  }
  analysis.value = 5;
  check_money_options(mapping, analysis);
  mapping.revenue = "money";
  expect_refused("given twice");
  mapping.revenue.clear();
  mapping.conversion.clear();
  expect_refused("--conversion");
  analysis.value.reset();
  analysis.spend = "spend.csv";
  mapping.channel.clear();
  expect_refused("--channel");
}

TEST(MoneyTest, Tables) {
  Shop shop;
  shop.spent({{"Ads", 500}});
  const Money money = shop.money();
  const std::string csv = csv_of(money_sheet(money, shop.profile));
  EXPECT_TRUE(csv.starts_with(
      "channel,spend,sessions,conversions,cost_per_session,cost_per_conversion,"
      "cost_per_conversion_low,cost_per_conversion_high,revenue,revenue_low,revenue_high,roas,"
      "roas_low,roas_high,break_even_value,break_even_rate,break_even_margin,\"cost_Buyer, "
      "eager\",cost_Passerby,verdict\nAds,500,1000,100,0.5,5,4.16"))
      << csv;
  EXPECT_NE(csv.find("\nDirect,,400,40,,,,,,,,,,,,,,,,spend unknown\n(total),500,"),
            std::string::npos)
      << csv;
  const auto json = money_json(money, shop.profile);
  EXPECT_EQ(json["currency"], "EUR");
  EXPECT_EQ(json["period"], "Oct");
  EXPECT_EQ(json["channels"][0]["conversions"].dump(), "100");
  EXPECT_TRUE(json["channels"][1]["spend"].is_null());
  const std::string text = money_table(money, {});
  EXPECT_NE(text.find("Amounts in EUR. Spend of Oct."), std::string::npos) << text;
  EXPECT_NE(text.find("revenue unknown"), std::string::npos);
  EXPECT_EQ(text.find("ROAS"), std::string::npos);
}

}  // namespace
}  // namespace covey::driver
