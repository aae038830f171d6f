// What channels cost: the file of --spend.
#pragma once

#include <string>
#include <vector>

namespace covey::driver {

struct ChannelSpend {
  std::string channel;
  double amount = 0;  ///< all its rows added up
};

struct Spend {
  std::string currency;  ///< of all amounts; empty: not said
  std::string period;    ///< in words: "2026-10", "2 periods: 2026-09, 2026-10"; empty: not said
  std::vector<ChannelSpend> channels;  ///< by name bytes, each once
  std::vector<std::string> warnings;   ///< of channels that lack a period which others have
};

/// Reads a CSV file with the columns channel, amount and, if it has them, currency and period, in
/// any order; delimiter, quotes, byte order mark and gzip as for sessions. The order of its rows
/// changes nothing. Throws covey::Error: kIo where it cannot be read, kData with file and line
/// where a row is not usable: no channel, an amount that is no number from 0 to kMostMoney, a
/// second currency.
Spend read_spend(const std::string& file);

}  // namespace covey::driver
