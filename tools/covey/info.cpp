// covey info: what this build can do on this machine.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "commands.h"
#include "covey/backend.h"
#include "covey/error.h"
#include "covey/version.h"
#include "report.h"
#include "text_table.h"
#include "versions.h"

namespace covey::command {
namespace {

using Json = nlohmann::ordered_json;

struct BackendInfo {
  std::string name;
  bool available = false;
  std::string text;  ///< what computes, or why it cannot be had
};

std::vector<BackendInfo> backends() {
  std::vector<BackendInfo> infos;
  for (const char* name : {"reference", "cpu", "cuda"}) {
    BackendOptions options;
    options.name = name;
    try {
      infos.push_back({name, true, open_backend(options)->device()});
    } catch (const Error& error) {
      infos.push_back({name, false, error.problem() + "; " + error.fix()});
    }
  }
  return infos;
}

Json info_json() {
  Json json = {{"covey", std::string(version())}};
  for (const BackendInfo& info : backends()) {
    json["backends"].push_back({{"name", info.name},
                                {"available", info.available},
                                {info.available ? "device" : "reason", info.text}});
  }
  json["simd_targets"] = simd_targets();
  json["gpus"] = cuda_status().devices;
  for (const auto& [name, text] : driver::library_versions()) json["libraries"][name] = text;
  return json;
}

std::string info_text() {
  std::string text = fmt::format("covey {}\n\nBack ends\n", version());
  for (const BackendInfo& info : backends()) {
    text += fmt::format("  {:<11}{}{}\n", info.name,
                        info.available ? "" : "not available: ", driver::visible_text(info.text));
  }
  const std::vector<std::string> gpus = cuda_status().devices;
  text += fmt::format("\nSIMD targets\n  {}\n\nGPUs\n  {}\n\nLibraries\n",
                      fmt::join(simd_targets(), ", "),
                      gpus.empty() ? "none seen" : fmt::format("{}", fmt::join(gpus, "\n  ")));
  for (const auto& [name, number] : driver::library_versions()) {
    text += fmt::format("  {:<21}{}\n", name, number);
  }
  return text;
}

}  // namespace

CLI::App* add_info(CLI::App& app, CommonOptions& common) {
  CLI::App* sub = app.add_subcommand(
      "info", "Show version, back ends and why one is missing, SIMD targets, GPUs and libraries");
  sub->callback([&common] { print(common.json ? info_json().dump(1) + "\n" : info_text()); });
  return sub;
}

}  // namespace covey::command
