#include "csv_tables.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "statistics.h"
#include "tables_json.h"

namespace covey::driver {
namespace {

TEST(Csv, PlainTextStaysAsItIs) {
  EXPECT_EQ(csv_text("Google"), "Google");
  EXPECT_EQ(csv_text(""), "");
  EXPECT_EQ(csv_text("größer 大"), "größer 大");
  EXPECT_EQ(csv_text("a=b"), "a=b");
}

TEST(Csv, SpecialTextIsQuoted) {
  EXPECT_EQ(csv_text("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_text("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_text("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(csv_text("two\r\nlines"), "\"two\r\nlines\"");
}

TEST(Csv, FormulasAreNeutralised) {
  EXPECT_EQ(csv_text("=1+1"), "\"'=1+1\"");
  EXPECT_EQ(csv_text("+x"), "\"'+x\"");
  EXPECT_EQ(csv_text("-x"), "\"'-x\"");
  EXPECT_EQ(csv_text("@x"), "\"'@x\"");
  EXPECT_EQ(csv_text("\tx"), "\"'\tx\"");
  EXPECT_EQ(csv_text("\rx"), "\"'\rx\"");
  EXPECT_EQ(csv_text("=HYPERLINK(\"x\",1)"), "\"'=HYPERLINK(\"\"x\"\",1)\"");
}

TEST(Csv, NumbersReadBackToTheSameDouble) {
  for (const double value : {0.1, 1.0 / 3.0, 1e-300, 123456789.123456789, 5e-324, -2.5, 1e22}) {
    EXPECT_EQ(std::strtod(csv_number(value).c_str(), nullptr), value);
  }
  EXPECT_EQ(csv_number(1.0), "1");
  EXPECT_EQ(csv_number(0.0), "0");
  EXPECT_EQ(csv_number(-3.0), "-3");
  EXPECT_EQ(csv_number(0.25), "0.25");
}

Profile two_personas(bool rates) {
  Profile profile;
  profile.sessions = 4;
  profile.overall_mean = {1.5, 0.25};
  profile.overall_sd = {1.0, 0.5};
  profile.eta_squared = {0.75, 1.0};
  profile.personas = {{0, "High a", 3, 0.75, {2.0, 0.0}, {0.5, -0.5}, {}, "a mean 2, b 0"},
                      {1, "=b", 1, 0.25, {0.0, 1.0}, {-1.5, 1.5}, {}, "b"}};
  profile.personas[0].median = {2.5, 0.0};
  profile.personas[0].difference = {1.5, -HUGE_VAL};
  profile.personas[0].defining = {1, 0};
  profile.personas[0].rule = {"=b = 0", 1.0, 0.5, false};
  profile.personas[1].median = {0.0, 1.0};
  profile.personas[1].difference = {0.25, 0.0};
  if (rates) {
    profile.conversion = wilson(1, 4);
    profile.personas[0].conversion = wilson(0, 3);
    profile.personas[1].conversion = wilson(1, 1);
  }
  return profile;
}

TEST(Csv, Personas) {
  const Rate none = wilson(0, 3);
  const Rate one = wilson(1, 1);
  EXPECT_EQ(csv_of(personas_sheet({"a", "=b"}, two_personas(true))),
            "cluster,persona,sessions,share,a,\"'=b\",conversions,conversion_rate,conversion_low,"
            "conversion_high,reason,defining,rule,precision,recall,equals_rule,median_a,median_=b\n"
            "0,High a,3,0.75,2,0,0,0,0," +
                csv_number(none.high) +
                ",\"a mean 2, b 0\",\"'=b; a\",\"'=b = 0\",1,0.5,false,2.5,0\n"
                "1,\"'=b\",1,0.25,0,1,1,1," +
                csv_number(one.low) + ",1,b,,,,,,0,1\n");
}

TEST(Csv, PersonasWithoutConversion) {
  EXPECT_EQ(csv_of(personas_sheet({"a", "b"}, two_personas(false))),
            "cluster,persona,sessions,share,a,b,reason,defining,rule,precision,recall,equals_rule,"
            "median_a,median_b\n"
            "0,High a,3,0.75,2,0,\"a mean 2, b 0\",b; a,\"'=b = 0\",1,0.5,false,2.5,0\n"
            "1,\"'=b\",1,0.25,0,1,b,,,,,,0,1\n");
}

TEST(Csv, PersonaWithoutSessionsHasNoRate) {
  Profile profile = two_personas(true);
  profile.personas[1].sessions = 0;
  profile.personas[1].share = 0;
  profile.personas[1].conversion = {};
  const std::string text = csv_of(personas_sheet({"a", "b"}, profile));
  EXPECT_NE(text.find("1,\"'=b\",0,0,0,1,0,,,,b,,,,,,0,1\n"), std::string::npos) << text;
}

TEST(Csv, Groups) {
  const std::vector<Group> groups = {{"x,y", 3, 0.75, {}, {0.5}}, {"-", 1, 0.25, {}, {-1.0}}};
  EXPECT_EQ(csv_of(groups_sheet("device_type", {"a"}, groups)),
            "device_type,sessions,share,a\n"
            "\"x,y\",3,0.75,0.5\n"
            "\"'-\",1,0.25,-1\n");
  Group group{"z", 3, 0.5, wilson(3, 3), {0.5}};
  group.difference = {0.25, -0.5, 0.75};
  group.lift = 1.5;
  group.by_device = {0.5, 0.25, 0.75};
  const std::string header =
      ",sessions,share,conversions,conversion_rate,conversion_low,conversion_high,a,difference,"
      "difference_low,difference_high,lift";
  const std::string line =
      "\nz,3,0.5,3,1," + csv_number(wilson(3, 3).low) + ",1,0.5,0.25,-0.5,0.75,1.5";
  EXPECT_EQ(csv_of(groups_sheet("device_type", {"a"}, {group})),
            "device_type" + header + line + "\n");
  EXPECT_EQ(csv_of(groups_sheet("channel", {"a"}, {group})),
            "channel" + header +
                ",rate_by_device,rate_by_device_low,rate_by_device_high,rate_by_persona,"
                "rate_by_persona_low,rate_by_persona_high,rate_by_both,rate_by_both_low,"
                "rate_by_both_high" +
                line + ",0.5,0.25,0.75,,,,,,\n");
  group.difference.reset();
  group.lift.reset();
  EXPECT_NE(csv_of(groups_sheet("device_type", {"a"}, {group})).find(",1,0.5,,,,\n"),
            std::string::npos);
  EXPECT_EQ(csv_of(groups_sheet("channel", {"a"}, {})), "channel,sessions,share,a\n");
}

TEST(Csv, ChannelPersonas) {
  EXPECT_EQ(csv_of(channel_personas_sheet({{"x", 1, "High a", 5, 0.5, -1.25}})),
            "channel,persona,sessions,share,residual\n"
            "x,High a,5,0.5,-1.25\n");
}

TEST(Csv, Tests) {
  TestRow full{"channel pairs",
               "two-proportion z",
               "=a",
               "(rest)",
               1.5,
               2.0,
               3.0,
               0.25,
               0.5,
               "V",
               Interval{0.5, 0, HUGE_VAL},
               "no difference, so far"};
  TestRow bare{"f", "t", "s", "a", {}, {}, {}, {}, {}, "", {}, "too few"};
  EXPECT_EQ(csv_of(tests_sheet({full, bare})),
            "family,test,subject,against,statistic,degrees,degrees_within,p,p_adjusted,effect,"
            "effect_size,effect_low,effect_high,verdict\n"
            "channel pairs,two-proportion z,\"'=a\",(rest),1.5,2,3,0.25,0.5,V,0.5,0,inf,"
            "\"no difference, so far\"\n"
            "f,t,s,a,,,,,,,,,,too few\n");

  Findings findings;
  findings.rows = {full, bare};
  findings.merged_channels = {"x"};
  findings.channel_persona = Association{"channel", "persona", 4.5, 2, 0.25, false, 0, {0.5}};
  const auto json = tests_json(findings);
  EXPECT_EQ(json["margin"], 0.01);
  EXPECT_TRUE(json["channel_conversion"].is_null());
  EXPECT_EQ(json["channel_persona"]["statistic"], 4.5);
  EXPECT_EQ(json["merged_channels"][0], "x");
  EXPECT_EQ(json["rows"][0]["subject"], "=a");
  EXPECT_TRUE(json["rows"][0]["effect_size"]["high"].is_null());
  EXPECT_TRUE(json["rows"][1]["p"].is_null());
}

TEST(Json, HoldsTheSameFigures) {
  const auto personas = personas_json({"a", "b"}, two_personas(true));
  ASSERT_EQ(personas.size(), 2U);
  EXPECT_EQ(personas[0]["persona"], "High a");
  EXPECT_EQ(personas[0]["mean"]["a"], 2.0);
  EXPECT_EQ(personas[1]["conversion"]["rate"], 1.0);
  EXPECT_TRUE(personas_json({"a", "b"}, two_personas(false))[0]["conversion"].is_null());

  EXPECT_EQ(personas[0]["median"]["a"], 2.5);
  EXPECT_EQ(personas[0]["difference"].dump(), "{\"a\":1.5,\"b\":null}");
  EXPECT_EQ(personas[0]["defining"], (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(personas[0]["rule"]["text"], "=b = 0");
  EXPECT_EQ(personas[0]["rule"]["recall"], 0.5);
  EXPECT_EQ(personas[0]["rule"]["equals"], false);
  EXPECT_TRUE(personas[1]["rule"].is_null());
  const auto features = features_json({"a", "b"}, two_personas(true));
  EXPECT_EQ(features[1]["feature"], "b");
  EXPECT_EQ(features[1]["mean"], 0.25);
  EXPECT_EQ(features[1]["standard_deviation"], 0.5);
  EXPECT_EQ(features[1]["eta_squared"], 1.0);

  const auto groups = groups_json("channel", {"a"}, {{"z", 3, 1.0, wilson(3, 3), {0.5}}});
  EXPECT_EQ(groups[0]["channel"], "z");
  EXPECT_EQ(groups[0]["mean"]["a"], 0.5);
  EXPECT_TRUE(groups[0]["difference"].is_null());
  EXPECT_TRUE(groups[0]["rate_by_both"].is_null());

  const auto cells = channel_personas_json({{"x", 1, "High a", 5, 0.5, -1.25}});
  EXPECT_EQ(cells[0]["residual"], -1.25);

  const auto choices = k_choices_json({{2, 0.0, HUGE_VAL, 3, true}});
  EXPECT_TRUE(choices[0]["calinski_harabasz"].is_null());
  EXPECT_EQ(choices[0]["chosen"], true);
}

}  // namespace
}  // namespace covey::driver
