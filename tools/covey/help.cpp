#include "help.h"

#include <fmt/format.h>

namespace covey::command {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kOptionWidth = 34;

}  // namespace

std::string wrapped(const std::string& text, std::size_t width) {
  std::string lines;
  std::size_t column = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find_first_of(" \n", begin);
    if (end == std::string::npos) end = text.size();
    const std::size_t word = end - begin;
    if (column > 0 && column + 1 + word > width) {
      lines += '\n';
      column = 0;
    } else if (column > 0) {
      lines += ' ';
      ++column;
    }
    lines.append(text, begin, word);
    column += word;
    if (end < text.size() && text[end] == '\n') {
      lines += '\n';
      column = 0;
    }
    begin = end + 1;
  }
  return lines;
}

HelpFormatter::HelpFormatter() { column_width(kOptionWidth); }

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  std::string text = Formatter::make_help(app, std::move(name), mode);
  const auto replace = [&](const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
      text.replace(at, from.size(), to);
    }
  };
  const std::size_t usage = text.find("\nUsage: ");
  if (usage != std::string::npos) text.insert(usage, "\n");
  replace("\n\n\n", "\n\n");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (app->get_parent() != nullptr) {
    text += "\n\nEvery command takes --quiet, --json and --no-color too: see covey --help.";
  }
  return text + '\n';
}

std::string HelpFormatter::make_subcommand(const CLI::App* sub) const {
  const std::string& description = sub->get_description();
  return fmt::format("  {:<10}{}\n", sub->get_name(),
                     description.substr(0, description.find('\n')));
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (option->get_type_size() == 0 || option->get_type_name().empty()) return "";
  return " " + option->get_type_name();
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  std::string text = option->get_description();
  if (option->get_required()) text += " (needed)";
  if (!option->get_default_str().empty()) text += " [" + option->get_default_str() + "]";
  return wrapped(text, kWidth - kOptionWidth);
}

}  // namespace covey::command
