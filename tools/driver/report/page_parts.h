// What the sections of the page are put together from.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "results.h"

namespace covey::driver {

// How much of a long list stands on the page; the rest is in the CSV files.
inline constexpr std::size_t kMostPersonas = 40;
inline constexpr std::size_t kMostGroups = 40;
inline constexpr std::size_t kMostFeatures = 30;
inline constexpr std::size_t kMostTests = 60;

/// A chart with all that stands around it. Texts are markup.
struct Figure {
  std::string name;  ///< as the page's script knows it: "heatmap"
  std::string title;
  std::string verdict;   ///< what there is to see, in words
  std::string reading;   ///< how to read it
  std::string controls;  ///< above the plot
  std::string picture;   ///< in place of the plot where scripts do not run
  std::string table;     ///< the figures drawn
};

std::string figure_html(const Figure& figure);

std::string section_html(std::string_view id, std::string_view title, std::string_view contents);

std::string paragraph_html(std::string_view html);

/// Figures side by side where the page is wide.
std::string beside_html(std::string_view html);

/// The colour of a persona, as a mark beside its name.
std::string swatch_html(int cluster);

/// A button a persona that shows and hides it in a chart.
std::string legend_html(const Profile& profile);

struct SwitchMode {
  std::string mode, label;
};
/// Buttons of which one is pressed, the first at first: what the chart of that name draws.
std::string switch_html(std::string_view chart, std::string_view label,
                        const std::vector<SwitchMode>& modes);

/// "12 further channels are in channels.csv." as a paragraph; empty where all are shown.
std::string rest_html(std::size_t total, std::size_t shown, std::string_view what,
                      std::string_view file);

/// The first `most` of a list.
template <class Item>
std::vector<Item> first_of(const std::vector<Item>& items, std::size_t most) {
  return {items.begin(), items.begin() + static_cast<std::ptrdiff_t>(std::min(most, items.size()))};
}

}  // namespace covey::driver
