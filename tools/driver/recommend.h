// What the rules of recommendation share. The stage itself: stages.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stages.h"

namespace covey::driver {

/// All that a rule may look at.
struct Evidence {
  const ChoiceOfK& choice;
  const Profile& profile;
  const Attribution& attribution;
  const Money& money;
  const AnalysisOptions& analysis;
};

/// Channels that are paid for: those the user names, else those with spend, else those whose name
/// has a word like "ads" or "cpc".
std::vector<const Group*> paid_channels(const Evidence& evidence);

/// Whether one word of the name is one that marks paid traffic.
bool sounds_paid(std::string_view channel);

/// The name in a sentence: one without a letter gets the word before it, "channel 2".
std::string label_of(std::string_view kind, const std::string& name);

/// successes with the Wilson interval of their rate, as counts.
Interval counts_of(const Rate& rate);

/// What is known without error: a count of these data.
inline Interval exactly(double count) { return {count, count, count}; }

// The rules, in the order in which they are read. Each adds what it finds.
void recommend_on_structure(const Evidence& evidence, std::vector<Recommendation>& found);
void recommend_on_personas(const Evidence& evidence, std::vector<Recommendation>& found);
void recommend_on_channels(const Evidence& evidence, std::vector<Recommendation>& found);
void recommend_on_paid_channels(const Evidence& evidence, std::vector<Recommendation>& found);
void recommend_on_composition(const Evidence& evidence, std::vector<Recommendation>& found);

}  // namespace covey::driver
