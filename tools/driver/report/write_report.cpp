#include "report/write_report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "covey/error.h"
#include "report/assets.h"
#include "report/page.h"

namespace covey::driver {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_to_write(const fs::path& file) {
  throw Error(ErrorKind::kIo, "the shared copy of Plotly.js cannot be written", file.string(),
              "name a file in a folder that you may write to");
}

void write_shared_plotly(const fs::path& file) {
  const fs::path beside = file.string() + fmt::format(".{}.part", getpid());
  std::error_code error;
  {
    std::ofstream stream(beside, std::ios::binary);
    stream << plotly_script().text;
    if (!stream.flush()) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) fs::rename(beside, file, error);
  if (!error) return;
  std::error_code ignored;
  fs::remove(beside, ignored);
  refuse_to_write(file);
}

/// A path as a URL: what is not plain in one as %XX.
std::string url_of(const fs::path& path) {
  std::string url;
  for (const char c : path.generic_string()) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    url += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return url;
}

/// Links, ".", ".." and a slash at the end resolved; as it is where that fails.
fs::path resolved(const fs::path& path) {
  std::error_code error;
  const fs::path place = fs::weakly_canonical(fs::absolute(path), error);
  if (error) return path;
  return place.has_filename() ? place : place.parent_path();
}

bool lies_in(const fs::path& file, const fs::path& folder) {
  return resolved(fs::absolute(file).parent_path()) == resolved(folder);
}

/// The shared copy as the page sees it, relative to the place of the results.
std::string link_of(const std::string& shared, const std::string& folder) {
  return url_of(fs::proximate(resolved(shared), resolved(folder)));
}

}  // namespace

void check_shared_plotly(const ReportOptions& options, const std::string& folder) {
  if (options.shared_plotly.empty()) return;
  const fs::path file = options.shared_plotly;
  std::error_code error;
  if (lies_in(file, folder)) {
    throw Error(ErrorKind::kUsage, "the shared copy of Plotly.js would lie among the results",
                file.string(), "name a file outside the output folder");
  }
  if (!fs::exists(file, error)) {
    const fs::path parent = fs::absolute(file).parent_path();
    if (!fs::is_directory(parent, error) || access(parent.c_str(), W_OK) != 0) {
      refuse_to_write(file);
    }
    return;
  }
  if (!fs::is_regular_file(file, error)) refuse_to_write(file);
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (text == plotly_script().text) return;
  throw Error(
      ErrorKind::kIo,
      fmt::format("is not the Plotly.js {} that this covey's pages are made for", plotly_version()),
      file.string(), "name a file that is not there yet, and covey writes it");
}

void write_report(const OutputFolder& folder, const ReportOptions& options,
                  const std::optional<PcaMap>& map, const nlohmann::ordered_json& asked,
                  RunResult& result) {
  Page page{result, map ? &*map : nullptr, asked, ""};
  if (!options.shared_plotly.empty()) {
    std::error_code error;
    if (!fs::exists(options.shared_plotly, error)) write_shared_plotly(options.shared_plotly);
    page.plotly_link = link_of(options.shared_plotly, folder.name());
  }
  folder.write("report.html", report_html(page));
  result.files.emplace_back("report.html");
  if (!map) return;
  folder.write("pca.png", pca_png(*map));
  result.files.emplace_back("pca.png");
}

}  // namespace covey::driver
