// What the tests found, in words.
#pragma once

#include <string>
#include <vector>

#include "findings.h"
#include "text_table.h"

namespace covey::driver {

/// A table or a family of tests in a sentence.
struct TestSentence {
  std::string key;  ///< which: "channel-conversion", "channel-pairs", ...
  std::string text;
};

/// One for each table and each family of tests that was made. Empty where nothing was tested.
std::vector<TestSentence> test_sentences(const Findings& findings);

/// The sentences for the terminal, wrapped to the width.
std::string test_list(const Findings& findings, const TextOptions& options);

}  // namespace covey::driver
