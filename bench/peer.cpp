// covey as one of the engines that bench/peers measures in turn: a process that reads one JSON
// object a line and answers with one. Raw little-endian files hold the arrays: float32 points and
// starts (row-major), uint32 multiplicities; centroids are written as float64.
//   {"op": "generate", "cloud", "rows", "d", "components", "file"}   points by cloud.h's rule
//   {"op": "limits"}                                                 what the machine could do
//   {"op": "load", "file", "rows", "d", "weights": FILE or ""}       on the grid, not scaled
//   {"op": "fit", "start", "k", "iterations", "centroids": FILE or ""}
//   {"op": "sweep", "k": [...], "restarts", "iterations", "tolerance", "seed"}
// Seconds are those of the engine's call alone: reading files and converting to double are not in
// them.
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "cloud.h"
#include "covey/backend.h"
#include "machine_limits.h"

namespace covey::bench {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class Value>
std::vector<Value> read_values(const std::string& file, std::size_t count) {
  std::vector<Value> values(count);
  std::ifstream stream(file, std::ios::binary);
  stream.read(reinterpret_cast<char*>(values.data()),
              static_cast<std::streamsize>(count * sizeof(Value)));
  if (!stream) throw std::runtime_error(file + ": cannot be read, or is too short");
  return values;
}

template <class Values>
void write_values(const std::string& file, const Values& values) {
  std::ofstream stream(file, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(values.front())));
  if (!stream.flush()) throw std::runtime_error(file + ": cannot be written");
}

class Peer {
 public:
  explicit Peer(int threads) {
    BackendOptions options;
    options.name = "cpu";
    options.threads = threads;
    backend_ = open_backend(options);
  }

  Json answer(const Json& asked) {
    const std::string op = asked.at("op");
    if (op == "generate") return generate(asked);
    if (op == "limits") return limits_here();
    if (op == "load") return load(asked);
    if (op == "fit") return fit(asked);
    if (op == "sweep") return sweep(asked);
    throw std::runtime_error("unknown op " + op);
  }

 private:
  static Json generate(const Json& asked) {
    const std::string name = asked.at("cloud");
    const Cloud cloud = name == "noise"     ? Cloud::kNoise
                        : name == "overlap" ? Cloud::kOverlap
                                            : Cloud::kMixture;
    write_values(asked.at("file"),
                 points_of<float>(cloud, asked.at("components"), asked.at("rows"), asked.at("d")));
    return Json::object();
  }

  static Json limits_here() {
    const Limits& at = limits();
    return {{"copy", at.copy_bytes_a_second},       {"read", at.memory_read_bytes_a_second},
            {"l3_read", at.l3_read_bytes_a_second}, {"l2_read", at.l2_read_bytes_a_second},
            {"flops", at.flops_a_second},           {"int8", at.int8_operations_a_second}};
  }

  Json load(const Json& asked) {
    points_.reset();
    const std::int64_t rows = asked.at("rows");
    const int d = asked.at("d");
    const auto count = static_cast<std::size_t>(rows);
    std::vector<double> values;
    {
      const auto floats = read_values<float>(asked.at("file"), count * static_cast<std::size_t>(d));
      values.assign(floats.begin(), floats.end());
    }
    std::vector<std::uint32_t> weights;
    Columns data = Columns::row_major(values, d);
    if (const std::string file = asked.at("weights"); !file.empty()) {
      weights = read_values<std::uint32_t>(file, count);
      data.multiplicity = weights;
    }
    const auto start = Clock::now();
    points_ = load_points(*backend_, data, Scaling::kNone);
    return {{"seconds", seconds_since(start)},
            {"distinct", points_->distinct()},
            {"device", backend_->device()}};
  }

  Centroids start_of(const std::string& file, int k) const {
    const Grid& grid = points_->grid();
    Centroids start{k, grid.dimensions(), {}};
    bool saturated = false;
    const auto values =
        read_values<float>(file, static_cast<std::size_t>(k) * static_cast<std::size_t>(start.d));
    for (std::size_t at = 0; at < values.size(); ++at) {
      const int f = static_cast<int>(at) % start.d;
      start.q.push_back(Grid::quantise(static_cast<double>(values[at]),
                                       grid.features[static_cast<std::size_t>(f)].offset,
                                       grid.factor(f), saturated));
    }
    return start;
  }

  Json fit(const Json& asked) {
    const Centroids begin = start_of(asked.at("start"), asked.at("k"));
    KMeansOptions options;
    options.max_iterations = asked.at("iterations");
    const auto start = Clock::now();
    const KMeansModel model = fit_kmeans_from(*points_, begin, options);
    const double seconds = seconds_since(start);
    if (const std::string file = asked.at("centroids"); !file.empty()) {
      std::vector<double> values;
      for (int j = 0; j < begin.k; ++j) {
        for (int f = 0; f < begin.d; ++f)
          values.push_back(points_->grid().value(model.centroids.row(j)[f], f));
      }
      write_values(file, values);
    }
    return {{"seconds", seconds},
            {"iterations", model.iterations},
            {"inertia", scaled_inertia(model.inertia, points_->grid().p)}};
  }

  Json sweep(const Json& asked) {
    KMeansOptions options;
    options.k = asked.at("k").get<std::vector<int>>();
    options.restarts = asked.at("restarts");
    options.max_iterations = asked.at("iterations");
    options.tolerance = asked.at("tolerance");
    options.seed = asked.at("seed");
    const auto start = Clock::now();
    const std::vector<KMeansModel> models = fit_kmeans(*points_, options);
    Json answer = {{"seconds", seconds_since(start)}, {"inertia", Json::array()}};
    for (const KMeansModel& model : models)
      answer["inertia"].push_back(scaled_inertia(model.inertia, points_->grid().p));
    return answer;
  }

  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Points> points_;
};

/// Peak bytes of this process so far.
std::int64_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

int serve(int threads) {
  Peer peer(threads);
  for (std::string line; std::getline(std::cin, line);) {
    Json answer;
    try {
      answer = peer.answer(Json::parse(line));
      answer["peak_bytes"] = peak_bytes();
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    std::cout << answer.dump() << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace covey::bench

int main(int argc, char** argv) { return covey::bench::serve(argc > 1 ? std::stoi(argv[1]) : 0); }
