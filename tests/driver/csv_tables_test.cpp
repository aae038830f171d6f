#include "csv_tables.h"

#include <gtest/gtest.h>

#include <cstdlib>

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
  EXPECT_EQ(personas_csv({"a", "=b"}, two_personas(true)),
            "cluster,persona,sessions,share,a,\"'=b\",conversions,conversion_rate,conversion_low,"
            "conversion_high,reason,defining,rule,precision,recall,equals_rule,median_a,median_=b\n"
            "0,High a,3,0.75,2,0,0,0,0," +
                csv_number(none.high) +
                ",\"a mean 2, b 0\",\"'=b; a\",\"'=b = 0\",1,0.5,false,2.5,0\n"
                "1,\"'=b\",1,0.25,0,1,1,1," +
                csv_number(one.low) + ",1,b,,,,,,0,1\n");
}

TEST(Csv, PersonasWithoutConversion) {
  EXPECT_EQ(personas_csv({"a", "b"}, two_personas(false)),
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
  const std::string text = personas_csv({"a", "b"}, profile);
  EXPECT_NE(text.find("1,\"'=b\",0,0,0,1,0,,,,b,,,,,,0,1\n"), std::string::npos) << text;
}

TEST(Csv, Groups) {
  const std::vector<Group> groups = {{"x,y", 3, 0.75, {}, {0.5}}, {"-", 1, 0.25, {}, {-1.0}}};
  EXPECT_EQ(groups_csv("device_type", {"a"}, groups),
            "device_type,sessions,share,a\n"
            "\"x,y\",3,0.75,0.5\n"
            "\"'-\",1,0.25,-1\n");
  EXPECT_EQ(groups_csv("channel", {"a"}, {{"z", 3, 1.0, wilson(3, 3), {0.5}}}),
            "channel,sessions,share,conversions,conversion_rate,conversion_low,conversion_high,a\n"
            "z,3,1,3,1," +
                csv_number(wilson(3, 3).low) + ",1,0.5\n");
  EXPECT_EQ(groups_csv("channel", {"a"}, {}), "channel,sessions,share,a\n");
}

TEST(Csv, ChannelPersonas) {
  EXPECT_EQ(channel_personas_csv({{"x", 1, "High a", 5, 0.5, -1.25}}),
            "channel,persona,sessions,share,residual\n"
            "x,High a,5,0.5,-1.25\n");
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

  const auto cells = channel_personas_json({{"x", 1, "High a", 5, 0.5, -1.25}});
  EXPECT_EQ(cells[0]["residual"], -1.25);

  const auto choices = k_choices_json({{2, 0.0, HUGE_VAL, 3, true}});
  EXPECT_TRUE(choices[0]["calinski_harabasz"].is_null());
  EXPECT_EQ(choices[0]["chosen"], true);
}

}  // namespace
}  // namespace covey::driver
