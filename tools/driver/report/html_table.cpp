#include "report/html_table.h"

#include <fmt/format.h>

#include "csv_tables.h"
#include "report/html.h"
#include "text_format.h"

namespace covey::driver {
namespace {

std::string figure_attribute(const char* name, double value) {
  return fmt::format(" data-{}=\"{}\"", name, csv_number(value));
}

std::string cell_html(const char* element, std::string_view scope, const HtmlCell& cell) {
  return fmt::format("<{}{}{}{}>{}</{}>", element, scope, cell.number ? " class=\"number\"" : "",
                     cell.attributes, cell.html, element);
}

}  // namespace

HtmlCell text_cell(std::string_view text) { return {html_text(text), "", false}; }

HtmlCell name_cell(std::string_view name) {
  return {isolated_html(name), " data-name=\"" + html_text(name) + '"', false};
}

HtmlCell number_cell(std::string_view shown, double value) {
  return {html_text(shown), figure_attribute("value", value), true};
}

HtmlCell count_cell(std::int64_t count) {
  return {count_text(count), fmt::format(" data-value=\"{}\"", count), true};
}

HtmlCell share_cell(double share) { return number_cell(percent_text(share), share); }

HtmlCell mean_cell(double mean) { return number_cell(mean_text(mean), mean); }

HtmlCell interval_cell(std::string_view shown, const Interval& interval) {
  HtmlCell cell = number_cell(shown, interval.value);
  cell.attributes +=
      figure_attribute("low", interval.low) + figure_attribute("high", interval.high);
  return cell;
}

HtmlCell rate_cell(const Rate& rate) {
  if (rate.trials == 0) return no_cell();
  return interval_cell(rate_text(rate), {rate.value, rate.low, rate.high});
}

HtmlCell no_cell() { return {"-", "", true}; }

HtmlTable::HtmlTable(std::string_view caption, const std::vector<std::string>& headers)
    : caption_(html_text(caption)) {
  for (const std::string& header : headers) headers_.push_back(text_cell(header));
}

void HtmlTable::add_name_header(std::string_view name) { headers_.push_back(name_cell(name)); }

std::string HtmlTable::html() const {
  if (rows_.empty()) return "";
  std::string html = fmt::format(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table>"
      "<caption>{}</caption>\n<thead><tr>",
      caption_, caption_);
  for (std::size_t column = 0; column < headers_.size(); ++column) {
    HtmlCell header = headers_[column];
    header.number = rows_.front()[column].number;
    html += cell_html("th", " scope=\"col\"", header);
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows_) {
    html += "<tr>" + cell_html("th", " scope=\"row\"", row.front());
    for (std::size_t column = 1; column < row.size(); ++column) {
      html += cell_html("td", "", row[column]);
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace covey::driver
