// covey: parses the command line, calls a subcommand, and turns what went wrong into a message and
// an exit code.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <system_error>

#include "commands.h"
#include "covey/error.h"
#include "covey/version.h"
#include "help.h"
#include "options.h"
#include "signals.h"
#include "text_table.h"

namespace covey::command {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  covey generate -o sessions.csv                 500,000 synthetic sessions\n"
    "  covey run sessions.csv --k 4 -o result         personas and attribution tables\n"
    "  covey score result new.csv -o scored           the same personas in new sessions\n"
    "  covey inspect shop.csv                         columns, and how to run on them\n"
    "  covey bench shop.csv                           CPU and GPU side by side on them\n"
    "\n"
    "covey COMMAND --help shows the options of a command.\n"
    "Exit codes: 0 done, 1 internal, 2 usage, 3 bad data, 4 device, 5 input or output, 130 and "
    "143\n"
    "signals.";

constexpr int kUsageCode = static_cast<int>(ErrorKind::kUsage);
constexpr int kIoCode = static_cast<int>(ErrorKind::kIo);
constexpr int kInternalCode = static_cast<int>(ErrorKind::kInternal);

void print_error(const std::string& message, const std::string& fix) {
  fmt::print(stderr, "covey: error: {}\n", driver::visible_text(message));
  if (!fix.empty()) fmt::print(stderr, "  {}\n", driver::visible_text(fix));
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// The subcommand that was named, or null.
const CLI::App* chosen(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? nullptr : parsed.front();
}

int report_unknown(const CLI::App& app, const std::string& word) {
  const CLI::App* sub = chosen(app);
  if (word.size() > 1 && word.front() == '-') {
    std::vector<std::string> names = option_names(app);
    if (sub != nullptr) {
      for (const std::string& name : option_names(*sub)) names.push_back(name);
    }
    const std::string name = word.substr(0, word.find('='));
    print_error(fmt::format("unknown option '{}'{}", name, did_you_mean(name, names)),
                fmt::format("see covey {}--help", sub == nullptr ? "" : sub->get_name() + " "));
  } else if (sub == nullptr) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    print_error(fmt::format("unknown command '{}'{}", word, did_you_mean(word, names)),
                fmt::format("commands are {}", fmt::join(names, ", ")));
  } else {
    print_error(fmt::format("unexpected argument '{}'", word),
                fmt::format("see covey {} --help", sub->get_name()));
  }
  return kUsageCode;
}

int report_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  const std::vector<std::string> remaining = app.remaining(true);
  if (!remaining.empty()) return report_unknown(app, remaining.front());
  const CLI::App* sub = chosen(app);
  if (sub == nullptr) {
    fmt::print(stderr, "{}", app.help());
  } else {
    print_error(error.what(), fmt::format("see covey {} --help", sub->get_name()));
  }
  return kUsageCode;
}

// What was printed must have arrived. A reader that went away wanted no more: that is no failure.
int flush(int code) {
  errno = 0;
  const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (!failed || errno == EPIPE || code != 0) return code;
  print_error("standard output: cannot be written: " + std::generic_category().message(errno), "");
  return kIoCode;
}

int run(int argc, char** argv) {
  CommonOptions common;
  CLI::App app("Personas and channel attribution from behavioural session data, exactly", "covey");
  app.set_version_flag("--version", fmt::format("covey {}", version()));
  app.add_flag("-q,--quiet", common.quiet, "Print errors only");
  app.add_flag("--json", common.json, "Print one JSON document instead of tables");
  app.add_flag("--no-color", common.no_color, "Print no colours (also: NO_COLOR is set)");
  app.fallthrough();
  app.require_subcommand(1);
  app.formatter(std::make_shared<HelpFormatter>());
  add_run(app, common);
  add_score(app, common);
  add_generate(app, common);
  add_inspect(app, common);
  add_bench(app, common);
  add_info(app, common);
  app.footer(kFooter);  // subcommands would inherit it
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') common.no_color = true;

  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return report_parse_error(app, error);
  } catch (const Interrupted& interrupted) {
    return 128 + interrupted.signal;
  } catch (const Error& error) {
    wait_if_signalled();
    const std::string where = error.where().empty() ? "" : error.where() + ": ";
    print_error(where + error.problem(), error.fix());
    return static_cast<int>(error.kind());
  } catch (const std::bad_alloc&) {
    wait_if_signalled();
    print_error("out of memory", "use a machine with more of it, or fewer rows, features or k");
  } catch (const std::exception& error) {
    wait_if_signalled();
    print_error(error.what(), "this is a fault of covey itself; please report it");
  }
  return kInternalCode;
}

}  // namespace
}  // namespace covey::command

int main(int argc, char** argv) {
  covey::command::handle_signals();
  return covey::command::flush(covey::command::run(argc, argv));
}
