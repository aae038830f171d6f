// Help texts: descriptions wrapped beside the options, defaults in brackets, one line a subcommand.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace covey::command {

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();

  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_subcommand(const CLI::App* sub) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
};

/// The text with line ends in place of spaces, so that no line of several words is wider than
/// `width` bytes.
std::string wrapped(const std::string& text, std::size_t width);

}  // namespace covey::command
