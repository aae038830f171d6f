#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "covey/error.h"
#include "csv_tables.h"
#include "results_support.h"
#include "statistics.h"

namespace covey::driver {
namespace {

TEST(Profile, ByHand) {
  const Sessions sessions = six_sessions();
  const Profile profile = run_stages(sessions, options_for({2})).personas;
  ASSERT_EQ(profile.personas.size(), 2U);
  EXPECT_EQ(profile.sessions, 6);
  EXPECT_EQ(profile.overall_mean, (std::vector<double>{52.5, 0.5}));
  EXPECT_EQ(profile.overall_sd[1], 0.5);
  EXPECT_EQ(profile.conversion.successes, 3);

  const Persona& low = profile.personas[0];
  const Persona& high = profile.personas[1];
  EXPECT_EQ(low.mean, (std::vector<double>{2.0, 0.0}));
  EXPECT_EQ(high.mean, (std::vector<double>{103.0, 1.0}));
  EXPECT_EQ(high.z[1], 1.0);
  EXPECT_EQ(low.z[0], (2.0 - 52.5) / profile.overall_sd[0]);
  EXPECT_EQ(low.share, 0.5);
  EXPECT_EQ(low.conversion.successes, 1);
  EXPECT_EQ(high.conversion.successes, 2);
  EXPECT_EQ(high.conversion.low, wilson(2, 3).low);
}

TEST(Profile, MediansEffectsAndRulesByHand) {
  const Profile profile = run_stages(six_sessions(), options_for({2})).personas;
  const Persona& high = profile.personas[1];
  EXPECT_EQ(profile.personas[0].median, (std::vector<double>{2.0, 0.0}));
  EXPECT_EQ(high.median, (std::vector<double>{102.0, 1.0}));
  EXPECT_DOUBLE_EQ(high.difference[0], 50.5);  // effect_sizes_test.cpp
  EXPECT_EQ(high.defining, (std::vector<int>{1, 0}));
  EXPECT_EQ(profile.eta_squared[1], 1.0);
  EXPECT_EQ(high.rule.text, "x >= 50");
  EXPECT_EQ(high.rule.precision, 1.0);
}

TEST(Profile, SaysWhereAPersonaIsOneRule) {
  Sessions sessions = sessions_of({"flag"}, {std::vector<double>(60, 0.0)});
  std::fill(sessions.features[0].begin() + 30, sessions.features[0].end(), 1.0);
  const Profile profile = run_stages(sessions, options_for({2})).personas;
  EXPECT_TRUE(profile.personas[1].rule.equals);
  EXPECT_NE(profile.personas[1].reason.find("; close to the one rule flag = 1: all of its sessions "
                                            "meet it, and all of the sessions that meet it are "
                                            "here"),
            std::string::npos)
      << profile.personas[1].reason;
}

TEST(Profile, WithoutConversionThereAreNoTrials) {
  Sessions sessions = six_sessions();
  sessions.conversion.clear();
  const Profile profile = run_stages(sessions, options_for({2})).personas;
  EXPECT_EQ(profile.conversion.trials, 0);
  EXPECT_EQ(profile.personas[0].conversion.trials, 0);
}

// 0.1 has no exact double, yet the mean of equal values is that value: sums are exact, and rounded
// once.
TEST(Profile, MeanOfEqualValuesIsThatValue) {
  Sessions sessions = six_sessions();
  sessions.features[1] = {0.1, 0.1, 0.1, 0.7, 0.7, 0.7};
  const Profile profile = run_stages(sessions, options_for({2})).personas;
  EXPECT_DOUBLE_EQ(profile.personas[0].mean[1], 0.1);
  EXPECT_DOUBLE_EQ(profile.personas[1].mean[1], 0.7);
}

TEST(Profile, ConstantFeatureHasZeroZ) {
  Sessions sessions = six_sessions();
  sessions.features[1].assign(6, 0.3);
  const StagesRun run = run_stages(sessions, options_for({2}));
  EXPECT_EQ(run.personas.overall_sd[1], 0.0);
  for (const Persona& persona : run.personas.personas) EXPECT_EQ(persona.z[1], 0.0);
}

// Means and deviations shown to people are of the values as read, whatever the points were made of.
TEST(Profile, Log1pLeavesMeansInOriginalUnits) {
  const Sessions sessions = six_sessions();
  SegmentOptions options = options_for({2});
  const Profile plain = run_stages(sessions, options).personas;
  options.log1p = {"x"};
  const Profile logged = run_stages(sessions, options).personas;
  EXPECT_EQ(logged.overall_mean, plain.overall_mean);
  EXPECT_EQ(logged.overall_sd, plain.overall_sd);
  EXPECT_EQ(logged.personas[0].mean, plain.personas[0].mean);
  EXPECT_EQ(logged.personas[1].z, plain.personas[1].z);
}

/// 400 sessions around three centres.
Sessions blobs(unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0.0, 1.0);
  Sessions sessions = sessions_of({"a", "b"}, {{}, {}});
  sessions.channel.names = {"one", "three", "two"};
  sessions.device_type.names = {"m"};
  for (int row = 0; row < 400; ++row) {
    const int centre = row % 8 < 4 ? 0 : row % 8 < 7 ? 1 : 2;
    sessions.features[0].push_back(20.0 * centre + noise(random));
    sessions.features[1].push_back((centre == 1 ? 30.0 : 0.0) + noise(random));
    sessions.channel.code.push_back(row % 3);
    sessions.device_type.code.push_back(0);
    sessions.conversion.push_back(row % 5 == 0 ? 1 : 0);
  }
  return sessions;
}

Sessions reordered(const Sessions& sessions, const std::vector<std::size_t>& order) {
  Sessions result = sessions;
  for (std::size_t to = 0; to < order.size(); ++to) {
    const std::size_t from = order[to];
    for (std::size_t f = 0; f < result.features.size(); ++f) {
      result.features[f][to] = sessions.features[f][from];
    }
    result.channel.code[to] = sessions.channel.code[from];
    result.device_type.code[to] = sessions.device_type.code[from];
    result.conversion[to] = sessions.conversion[from];
  }
  return result;
}

std::string all_tables(const StagesRun& run) {
  const std::vector<std::string> names = {"a", "b"};
  return csv_of(personas_sheet(names, run.personas)) +
         csv_of(groups_sheet("channel", names, run.attribution.channels)) +
         csv_of(groups_sheet("device_type", names, run.attribution.devices)) +
         csv_of(channel_personas_sheet(run.attribution.channel_personas));
}

TEST(Profile, RowOrderChangesNoByteOfTheTables) {
  const Sessions sessions = blobs(3);
  std::vector<std::size_t> order(400);
  std::iota(order.begin(), order.end(), 0U);
  std::shuffle(order.begin(), order.end(), std::mt19937(5));
  EXPECT_EQ(all_tables(run_stages(sessions, options_for({2, 3, 4}))),
            all_tables(run_stages(reordered(sessions, order), options_for({2, 3, 4}))));
}

TEST(Profile, MultiplicityEqualsRepeatedRows) {
  Sessions weighted = blobs(4);
  Sessions repeated = weighted;
  for (auto& feature : repeated.features) feature.clear();
  repeated.channel.code.clear();
  repeated.device_type.code.clear();
  repeated.conversion.clear();
  for (std::size_t row = 0; row < 400; ++row) {
    weighted.multiplicity.push_back(static_cast<std::uint32_t>(1 + row % 3));
    for (std::size_t copy = 0; copy <= row % 3; ++copy) {
      for (std::size_t f = 0; f < 2; ++f) {
        repeated.features[f].push_back(weighted.features[f][row]);
      }
      repeated.channel.code.push_back(weighted.channel.code[row]);
      repeated.device_type.code.push_back(0);
      repeated.conversion.push_back(weighted.conversion[row]);
    }
  }
  EXPECT_EQ(all_tables(run_stages(weighted, options_for({3}))),
            all_tables(run_stages(repeated, options_for({3}))));
}

// Two centroids that both lie far from all points but one another: the second cluster is given no
// session, so its centre stands in for its mean.
TEST(Profile, ClusterWithoutSessionsShowsItsCentre) {
  const Sessions sessions = six_sessions();
  const auto backend = reference_backend();
  Prepared prepared = prepare(*backend, sessions, options_for({2}));
  Segmentation segmentation;
  Centroids& centroids = segmentation.model.centroids;
  centroids = {2, 2, {0, 0, kGridLimit, kGridLimit}};
  segmentation.labels.label.assign(6, 0);
  const Profile result = profile(*backend, sessions, prepared, segmentation);
  EXPECT_EQ(result.personas[1].sessions, 0);
  EXPECT_EQ(result.personas[1].conversion.trials, 0);
  EXPECT_EQ(result.personas[1].mean[0], prepared.grid.value(kGridLimit, 0));
  EXPECT_EQ(result.personas[1].median, result.personas[1].mean);
  EXPECT_TRUE(result.personas[1].rule.text.empty());
  EXPECT_EQ(result.personas[0].mean, result.overall_mean);
}

}  // namespace
}  // namespace covey::driver
