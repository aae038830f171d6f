#include "ingest_roles.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "covey/error.h"
#include "ingest_hash.h"
#include "nearest_name.h"

namespace covey::driver {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A conversion or revenue among the features would be predicted from itself; the other doubles are
/// slips.
void check_parts(const Mapping& mapping) {
  if (mapping.features.empty()) {
    throw Error(ErrorKind::kUsage, "no feature columns are named", "",
                "name at least one with --features");
  }
  std::map<std::string, std::string> part_of;
  const auto claim = [&](const std::string& column, const std::string& part) {
    if (column.empty()) return;
    const auto [found, is_new] = part_of.emplace(column, part);
    if (is_new) return;
    const bool twice = found->second == part;
    throw Error(ErrorKind::kUsage,
                twice ? "column '" + column + "' is named twice as a " + part
                      : "column '" + column + "' is named as " + found->second + " and as " + part,
                "", "give every column one part");
  };
  for (const std::string& feature : mapping.features) claim(feature, "feature");
  claim(mapping.channel, "channel");
  claim(mapping.device_type, "device type");
  claim(mapping.conversion, "conversion");
  claim(mapping.id, "id");
  claim(mapping.multiplicity, "multiplicity");
  claim(mapping.revenue, "revenue");
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 40;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
  return text;
}

[[noreturn]] void fail_missing(const std::vector<std::string>& missing, const std::string& file,
                               const std::vector<std::string>& columns) {
  std::string what = missing.size() == 1 ? "no column" : "no columns", near;
  for (std::size_t i = 0; i < missing.size(); ++i) {
    what += (i == 0 ? " '" : ", '") + missing[i] + "'";
    const auto name = nearest_name(missing[i], columns);
    if (name) near += (near.empty() ? "did you mean '" : ", '") + *name + "'";
  }
  if (!near.empty()) near += "? ";
  throw Error(ErrorKind::kData, what, shown_name(file),
              near + "The columns are: " + listed(columns));
}

}  // namespace

Mapping settle_mapping(const IngestOptions& options, const std::vector<std::string>& columns) {
  Mapping mapping = options.mapping;
  const auto clear_absent = [&](std::string& name) {
    if (!contains(columns, name)) name.clear();
  };
  if (mapping.device_type_optional && mapping.device_type == Mapping().device_type)
    clear_absent(mapping.device_type);
  if (!options.need_all_columns) {
    clear_absent(mapping.channel);
    clear_absent(mapping.device_type);
    clear_absent(mapping.conversion);
  }
  if (mapping.id == "auto") {
    mapping.id.clear();
    for (const char* name : {"session_id", "user_id"}) {
      const bool is_free = !contains(mapping.features, name) && name != mapping.channel &&
                           name != mapping.device_type && name != mapping.conversion &&
                           name != mapping.multiplicity && name != mapping.revenue;
      if (mapping.id.empty() && is_free && contains(columns, name)) mapping.id = name;
    }
  }
  check_parts(mapping);
  return mapping;
}

Places find_places(const Mapping& mapping, const std::string& file,
                   const std::vector<std::string>& columns,
                   const std::vector<std::string>& first_columns) {
  std::vector<std::string> missing;
  const auto place = [&](const std::string& name) {
    if (name.empty()) return -1;
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found != columns.end()) return static_cast<int>(found - columns.begin());
    missing.push_back(name);
    return -1;
  };
  Places places;
  for (const std::string& feature : mapping.features) places.features.push_back(place(feature));
  places.channel = place(mapping.channel);
  places.device_type = place(mapping.device_type);
  places.conversion = place(mapping.conversion);
  places.id = place(mapping.id);
  places.multiplicity = place(mapping.multiplicity);
  places.revenue = place(mapping.revenue);
  if (!missing.empty()) fail_missing(missing, file, columns);

  std::vector<int> by_name(columns.size());
  std::iota(by_name.begin(), by_name.end(), 0);
  std::sort(by_name.begin(), by_name.end(), [&](int a, int b) {
    return columns[static_cast<std::size_t>(a)] < columns[static_cast<std::size_t>(b)];
  });
  for (const std::string& name : first_columns) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found != columns.end())
      places.hash_order.push_back(static_cast<int>(found - columns.begin()));
  }
  for (const int column : by_name) {
    const std::string& name = columns[static_cast<std::size_t>(column)];
    add_cell(places.names_hash, name.data(), name.size());
    if (!contains(first_columns, name)) places.hash_order.push_back(column);
  }
  return places;
}

}  // namespace covey::driver
