// Rules on how far the personas themselves can be trusted.
#include <fmt/format.h>

#include "recommend.h"

namespace covey::driver {
namespace {

Recommendation caveat(const ChoiceOfK& choice) {
  Recommendation rule;
  rule.evidence = choice.sentence;
  if (rule.evidence.ends_with('.')) rule.evidence.pop_back();  // as in the other rules
  rule.settles =
      "further features of behaviour (pages seen, search, return visits), and the same result on "
      "the sessions of another period";
  if (choice.structure == Structure::kNone) {
    rule.rule = "no-structure";
    rule.title = "Do not build on these personas: the sessions form one cloud";
    rule.action =
        "Read them as slices of a continuum, useful to describe who does more and who does less, "
        "and set limits where the business needs them.";
    rule.confidence = "high";
  } else if (choice.structure == Structure::kUnstable) {
    rule.rule = "unstable-personas";
    rule.title = "Do not build on single personas yet: not all of them come back";
    rule.action =
        "The sessions are no one cloud, but drawn anew they would be parted in another way. Try "
        "fewer personas, or other features, before anything hangs on them.";
    rule.confidence = "high";
  } else if (choice.structure == Structure::kWeak) {
    rule.rule = "weak-structure";
    rule.title = "Take the borders between personas as approximate";
    rule.action =
        "Use the personas to describe and to plan; do not hang a price or a right of a single "
        "visitor on them.";
    rule.confidence = "moderate";
  } else {
    rule.rule = "several-k";
    rule.title = "Choose the number of personas by use: several are as good";
    rule.action = "Take the fewest that lead to different actions; --k sets the number.";
    rule.confidence = "moderate";
  }
  return rule;
}

}  // namespace

void recommend_on_structure(const Evidence& evidence, std::vector<Recommendation>& found) {
  const Structure structure = evidence.choice.structure;
  if (structure == Structure::kNotTested || structure == Structure::kClear) return;
  found.push_back(caveat(evidence.choice));
}

}  // namespace covey::driver
