// What was read and what was left out.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "ledger.h"
#include "report/html.h"
#include "report/html_table.h"
#include "report/page_parts.h"
#include "report/page_sections.h"
#include "text_format.h"

namespace covey::driver {
namespace {

/// Rows or cells that were counted under a reason or a column, of which one is a name of the data.
void add_counts(HtmlTable& table, const char* what,
                const std::map<std::string, std::int64_t>& counts) {
  for (const auto& [name, count] : counts) {
    HtmlCell label = name_cell(name);
    label.html = fmt::format("{}: {}", what, label.html);
    table.add({std::move(label), count_cell(count)});
  }
}

/// Text that starts with a path and `after`, with words in place of the path, which is of one
/// machine; any other text as it is.
std::string without_path(const std::string& text, const std::string& path, std::string_view after,
                         std::string_view words) {
  const std::string found = path + std::string(after);
  if (path.empty() || !text.starts_with(found)) return text;
  return fmt::format("{}{}{}", words, after, text.substr(found.size()));
}

/// A warning about a file without its path.
std::string warning_text(std::string warning, const nlohmann::ordered_json& options) {
  warning = without_path(warning, options.value("spend", ""), ": ", "What channels cost");
  for (const auto& file : options.value("files", nlohmann::ordered_json::array())) {
    warning = without_path(warning, file.get<std::string>(), " has a header line but",
                           "A file of sessions");
  }
  return warning;
}

std::string warnings_html(const Page& page) {
  std::string list;
  for (const std::string& warning : page.result.warnings) {
    // Which device computes is no matter of the data.
    if (warning == page.result.backend_note) continue;
    list += fmt::format("<li>{}</li>\n", html_text(warning_text(warning, page.options)));
  }
  if (list.empty()) return paragraph_html("There are no warnings.");
  return "<h3>Warnings</h3>\n<ul>\n" + list + "</ul>\n";
}

}  // namespace

std::string quality_section(const Page& page) {
  const Ledger& ledger = page.result.ledger;
  HtmlTable table("Rows and cells", {"What", "Count"});
  table.add({text_cell("Rows read"), count_cell(ledger.rows_read)});
  table.add({text_cell("Rows kept"), count_cell(ledger.rows_kept)});
  table.add({text_cell("Rows dropped"), count_cell(rows_dropped(ledger))});
  add_counts(table, "Dropped", ledger.dropped);
  add_counts(table, "Missing values replaced by the median", ledger.imputed);
  add_counts(table, "Missing categories, kept as (missing)", ledger.missing_category);
  add_counts(table, "Missing revenue, counted as 0", ledger.missing_as_zero);
  table.add({text_cell("Rows equal to an earlier one, kept"), count_cell(ledger.duplicate_rows)});
  const std::string sentence =
      fmt::format("{} of {} rows were kept, {} dropped.", count_text(ledger.rows_kept),
                  count_text(ledger.rows_read), count_text(rows_dropped(ledger)));
  return section_html("quality", "Data quality",
                      paragraph_html(sentence) + table.html() + warnings_html(page));
}

}  // namespace covey::driver
