// The configuration file: TOML whose keys are long option names, with - or _, and [columns.NAME]
// tables.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "covey/error.h"
#include "options.h"

namespace covey::command {
namespace {

constexpr const char* kColumns = "columns";

class Config {
 public:
  Config(CLI::App& sub, const std::string& file) : sub_(sub), file_(file) {}

  std::vector<std::string> apply(std::map<std::string, driver::ColumnRule>& rules) {
    const toml::table table = parse();
    std::vector<std::string> columns;
    for (const auto& [key, node] : table) {
      if (key.str() == kColumns) {
        columns = set_rules(node, rules);
      } else {
        set_option(std::string(key.str()), node);
      }
    }
    return columns;
  }

 private:
  [[noreturn]] void refuse(const toml::source_region& source, const std::string& problem,
                           const std::string& fix = "") const {
    throw Error(ErrorKind::kUsage, problem, fmt::format("{}:{}", file_, source.begin.line), fix);
  }

  toml::table parse() const {
    std::error_code error;
    std::ifstream stream(file_, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>()};
    if (!stream.is_open() || std::filesystem::is_directory(file_, error)) {
      throw Error(ErrorKind::kIo, "the configuration file cannot be read", file_,
                  "see that it exists and may be read");
    }
    try {
      return toml::parse(text, file_);
    } catch (const toml::parse_error& failure) {
      refuse(failure.source(), std::string(failure.description()), "mend the TOML");
    }
  }

  std::vector<std::string> keys() const {
    std::vector<std::string> names = {kColumns};
    for (const CLI::Option* option : sub_.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        if (name != "help" && name != "config") names.push_back(name);
      }
    }
    return names;
  }

  std::string text_of(const std::string& key, const toml::node& node) const {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
    if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
    refuse(node.source(), fmt::format("'{}' is neither a text, a number nor true or false", key));
  }

  void set_option(const std::string& key, const toml::node& node) {
    std::string name = key;
    std::replace(name.begin(), name.end(), '_', '-');
    const std::vector<std::string> known = keys();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      refuse(node.source(), fmt::format("unknown key '{}'{}", key, did_you_mean(name, known)),
             fmt::format("keys are the long options of covey {}, and [columns.NAME]",
                         sub_.get_name()));
    }
    CLI::Option* option = sub_.get_option("--" + name);
    std::vector<std::string> values;
    if (const toml::array* list = node.as_array()) {
      for (const toml::node& item : *list) values.push_back(text_of(key, item));
    } else {
      values.push_back(text_of(key, node));
    }
    if (option->count() > 0) return;
    try {
      option->add_result(values);
      option->run_callback();
    } catch (const CLI::ParseError& error) {
      refuse(node.source(), fmt::format("'{}': {}", key, error.what()));
    }
  }

  std::vector<std::string> set_rules(const toml::node& node,
                                     std::map<std::string, driver::ColumnRule>& rules) const {
    std::vector<std::string> names;
    const toml::table* columns = node.as_table();
    if (columns == nullptr) refuse(node.source(), "'columns' is not a table", "use [columns.NAME]");
    for (const auto& [column, entry] : *columns) {
      const std::string name(column.str());
      names.push_back(name);
      const toml::table* table = entry.as_table();
      if (table == nullptr) {
        refuse(entry.source(), fmt::format("'columns.{}' is not a table", name),
               "use [columns.NAME] with min, max and integer");
      }
      for (const auto& [key, value] : *table) {
        set_rule(rules[name], std::string(key.str()), value);
      }
    }
    return names;
  }

  void set_rule(driver::ColumnRule& rule, const std::string& key, const toml::node& value) const {
    const std::vector<std::string> known = {"min", "max", "integer"};
    const auto number = [&] {
      if (const auto bound = value.value<double>(); bound && value.is_number()) return *bound;
      refuse(value.source(), fmt::format("'{}' is not a number", key));
    };
    if (key == "min") {
      rule.min = number();
    } else if (key == "max") {
      rule.max = number();
    } else if (key == "integer") {
      if (!value.is_boolean()) refuse(value.source(), "'integer' is neither true nor false");
      rule.integer = *value.value<bool>();
    } else {
      refuse(value.source(), fmt::format("unknown key '{}'{}", key, did_you_mean(key, known)),
             "a column has min, max and integer");
    }
  }

  CLI::App& sub_;
  std::string file_;
};

}  // namespace

std::vector<std::string> apply_config(CLI::App& sub, const WorkArguments& arguments,
                                      std::map<std::string, driver::ColumnRule>& rules) {
  if (arguments.config.empty()) return {};
  return Config(sub, arguments.config).apply(rules);
}

}  // namespace covey::command
