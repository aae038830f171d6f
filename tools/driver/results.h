// What the later stages produce: prepared points, the segmentation, persona profiles and
// attribution tables.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "covey/backend.h"
#include "covey/grid.h"
#include "covey/kmeans.h"
#include "covey/pca.h"
#include "findings.h"
#include "table.h"

namespace covey::driver {

/// Engine options of a run.
struct SegmentOptions {
  BackendOptions backend;
  std::vector<int> k = {2, 3, 4, 5, 6, 7, 8, 9, 10};
  int restarts = 10;
  Scaling scaling = Scaling::kStandard;
  std::vector<std::string> log1p;  ///< feature names
  Start start = Start::kPlusPlus;
  std::uint64_t seed = 1;
  int max_iterations = 300;
  double tolerance = 0;
  /// Gap statistic and bootstrap, the costly part of the evidence on the number of personas.
  bool evidence = true;
};

/// What attribution and recommendations are asked for.
struct AnalysisOptions {
  double margin = 0.01;           ///< rates closer than this are as good as equal
  std::string names;              ///< file of the user's names for personas; empty: none
  std::string spend;              ///< file of what channels cost; empty: none
  std::optional<double> value;    ///< what a conversion is worth
  std::vector<std::string> paid;  ///< channels that are paid for; empty: by spend, else by name
};

/// prepare: moments, grid, points where the back end computes.
struct Prepared {
  Summary summary;   ///< after log1p where asked: what the grid was made from
  Summary original;  ///< of the values as they stand: what people read
  Grid grid;
  std::unique_ptr<Points> points;
  std::vector<std::string> warnings;
};

/// One row of the table that chose k.
struct KChoice {
  int k = 0;
  double inertia = 0;  ///< scaled units
  double calinski_harabasz = 0;
  int iterations = 0;
  bool chosen = false;
  double davies_bouldin = 0;               ///< infinite where two centres coincide
  double silhouette = 0;                   ///< of squared Euclidean distances, over all sessions
  std::vector<double> persona_silhouette;  ///< by cluster
  // From the sample; absent without evidence.
  std::optional<double> gap;   ///< Gap(k); absent too where the inertia is 0
  double gap_error = 0;        ///< s_k of Tibshirani, Walther and Hastie 2001
  std::optional<double> gain;  ///< Gap(k) - Gap(1)
  double gain_error = 0;
  std::optional<double> wilks_gain;  ///< as gain, of ln(|T| / |W|) (gap.h)
  double wilks_error = 0;
  std::optional<double> ari;            ///< adjusted Rand index, mean over bootstrap samples
  std::vector<double> persona_jaccard;  ///< by cluster, mean over bootstrap samples
  std::string verdict;                  ///< in words: why it was chosen, or was not
};

/// What the evidence says of groups in the data.
enum class Structure {
  kNotTested,  ///< evidence was not asked for, or there are too few distinct points for it
  kNone,       ///< no k beats one featureless cloud
  kUnstable,   ///< some k does, but with each that was tried some persona does not come back
  kWeak,       ///< groups that overlap, or come back only in part
  kSeveral,    ///< several k are as good
  kClear
};

/// How k was chosen.
struct ChoiceOfK {
  Structure structure = Structure::kNotTested;
  int k = 0;
  std::vector<int> as_good;  ///< other k that the evidence does not tell from it
  std::string sentence;      ///< the verdict, with figures
  double gap_of_one = 0;     ///< Gap(1)
  double gap_of_one_error = 0;
  std::int64_t sample_sessions = 0, sample_points = 0;  ///< what gap and bootstrap ran on
  int references = 0, bootstraps = 0;
};

/// segment: the chosen model; label and projection of every feature tuple.
struct Segmentation {
  KMeansModel model;
  std::vector<KChoice> choices;
  ChoiceOfK choice;
  Labels labels;  ///< by tuple; distance in squared grid units
  Pca pca;
  std::vector<std::vector<double>> scores;  ///< pc1, pc2 (pc2 absent where d = 1), scaled units
  std::vector<PartTime> timings;
  std::vector<std::string> warnings;
};

/// A rule on features that stands for a persona: "add_to_cart = 1".
struct DecisionRule {
  std::string text;      ///< up to two conditions joined by " and "; empty: none was found
  double precision = 0;  ///< share of the sessions that meet it that are the persona's
  double recall = 0;     ///< share of the persona's sessions that meet it
  bool equals = false;   ///< one condition, and both shares are high: the persona is this rule
};

/// A row of personas.csv.
struct Persona {
  int cluster = 0;
  std::string name;
  std::int64_t sessions = 0;
  double share = 0;
  std::vector<double> mean;  ///< by feature, original units
  std::vector<double> z;  ///< (mean - overall mean) / overall standard deviation; 0 where constant
  Rate conversion;
  std::string reason;
  std::vector<double> median;  ///< by feature, original units
  /// By feature: (mean - mean of the rest) / standard deviation within the two (Cohen's d).
  std::vector<double> difference;
  std::vector<int> defining;  ///< features that set it apart, most first; at most three
  DecisionRule rule;
};

/// profile.
struct Profile {
  std::vector<Persona> personas;  ///< by cluster
  std::vector<double> overall_mean;
  std::vector<double> overall_sd;
  std::int64_t sessions = 0;
  Rate conversion;
  std::vector<double> eta_squared;  ///< by feature: share of its variance between personas
};

/// A row of channels.csv or devices.csv.
struct Group {
  std::string name;
  std::int64_t sessions = 0;
  double share = 0;
  Rate conversion;
  std::vector<double> mean;  ///< by feature, original units
  /// Conversion rate less that of all other sessions; absent where there are none.
  std::optional<Interval> difference;
  std::optional<double> lift;  ///< conversion rate / overall rate; absent where nothing converted
  /// What the rate would be with everybody's mix of devices, of personas, of both. Channels only;
  /// absent where there is nothing to standardise by.
  std::optional<Interval> by_device, by_persona, by_both;
};

/// A row of channel_personas.csv.
struct Cell {
  std::string channel;
  int cluster = 0;
  std::string persona;
  std::int64_t sessions = 0;
  double share = 0;     ///< within the channel
  double residual = 0;  ///< adjusted standardised residual (Haberman 1973)
};

/// attribute. Groups by sessions, descending, then name bytes; cells in channel order, then by
/// sessions descending, then name.
struct Attribution {
  std::vector<Group> channels;
  std::vector<Group> devices;
  std::vector<Cell> channel_personas;
  Findings findings;
  std::vector<std::string> warnings;
};

/// What a channel cost and brought. A figure is absent where what it is made from is not known.
struct ChannelMoney {
  std::string channel;
  std::optional<double> spend;
  std::int64_t sessions = 0;
  std::optional<std::int64_t> conversions;
  std::optional<double> cost_per_session;
  std::optional<Interval> cost_per_conversion;
  std::optional<Interval> revenue;                  ///< infinite ends: too few for an interval
  std::optional<Interval> return_on_spend;          ///< revenue / spend (ROAS)
  std::optional<double> break_even_value;           ///< of a conversion, at which revenue = spend
  std::optional<double> break_even_rate;            ///< conversion rate at which revenue = spend
  std::optional<double> break_even_margin;          ///< share of revenue that must be profit
  std::vector<std::optional<double>> persona_cost;  ///< by cluster: spend / its sessions here
  std::string verdict;
};

/// Money, where spend, revenue or value were given.
struct Money {
  bool given = false;
  std::string currency, period;  ///< in words; may be empty
  std::vector<ChannelMoney>
      channels;        ///< in the order of channels.csv, then spend without sessions
  ChannelMoney total;  ///< of the channels with spend; where none is given, of all sessions
  std::vector<std::string> warnings;
};

/// What follows from the findings: a row of recommendations.csv.
struct Recommendation {
  std::string rule;  ///< which rule made it: "test-before-cutting"
  std::string title;
  std::string action;
  std::string evidence;
  std::string unit;  ///< of what is at stake: "sessions", "conversions"; empty: nothing to count
  std::optional<Interval> at_stake;
  std::string confidence;  ///< high, moderate, low
  std::string settles;     ///< what data would settle it
};

}  // namespace covey::driver
