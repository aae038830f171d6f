// Aligned tables of text for terminals, wide characters counted and control characters made
// harmless.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace covey::driver {

struct TextOptions {
  int width = 110;     ///< of the terminal, in columns; tables break into blocks to keep to it
  bool color = false;  ///< ANSI colours
  int max_rows = 40;   ///< further rows are counted, not shown
};

/// Text with every control character, bidirectional override and byte that is not UTF-8 written
/// out: \x1B, \u202E.
std::string visible_text(std::string_view text);

/// Columns that visible text takes: 2 for East Asian wide characters and emoji, 0 for combining
/// marks, else 1.
int display_width(std::string_view visible);

/// Visible text cut to at most `width` columns, its end replaced by "…".
std::string cut_text(std::string_view visible, int width);

enum class Tone { kPlain, kHigh, kLow };

struct TextColumn {
  std::string header;
  bool right = true;  ///< numbers stand right, text left
  std::vector<std::string> cells = {};
  std::vector<Tone> tones = {};  ///< one a cell, or empty
};

/// A table of these columns, all with the same number of cells. Where it is wider than the options
/// allow, columns go on in further blocks, each led by the first `keys` columns again. `more_in`:
/// the file that holds rows left out.
std::string text_table(const std::vector<TextColumn>& columns, int keys, const TextOptions& options,
                       std::string_view more_in);

}  // namespace covey::driver
