// Measures a map of C++ in the same way, and with the same keys, as the Java contenders.
// It prints its figures in the same lines: @figure NAME VALUE, @point CURVE X Y, @failure TEXT.
// Any C++17 compiler builds it. One of BOOST, ABSL and STD must be defined: it selects the map.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#if defined(BOOST)
#include <boost/unordered/unordered_flat_map.hpp>
using Map = boost::unordered_flat_map<uint64_t, uint64_t>;
#elif defined(ABSL)
#include <absl/container/flat_hash_map.h>
using Map = absl::flat_hash_map<uint64_t, uint64_t>;
#else
#include <unordered_map>
using Map = std::unordered_map<uint64_t, uint64_t>;
#endif

using Clock = std::chrono::steady_clock;
using Keys = std::vector<uint64_t>;

static constexpr size_t CHUNK = 10'000;
static constexpr size_t MIN_STREAM = 1'000'000;
static constexpr double WARM_UP_NANOS = 300e6;
static constexpr double ITERATION_NANOS = 120e6;
static constexpr size_t ITERATIONS = 5;
static constexpr size_t FILLED = 3'000'000;
static constexpr size_t MOST_FILLS = 9;
static constexpr size_t WARM_UP_FILL = 250'000;
static constexpr size_t WARM_UP_FILLS = 8;
static constexpr size_t LOOKS = 128;
static constexpr uint64_t SALT = 1;

static volatile uint64_t seen;

/** The key of an index: splitmix64, as in the JVM. */
static uint64_t key(uint64_t index) {
  uint64_t z = (index + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static Keys keys(size_t first, size_t count) {
  Keys all(count);
  for (size_t i = 0; i < count; i++) {
    all[i] = key(first + i);
  }
  return all;
}

/** All keys, several times, each time in another random order. */
static Keys stream(const Keys &of) {
  Keys all;
  uint64_t random = 0;
  for (size_t round = 0; round < std::max<size_t>(1, MIN_STREAM / of.size()); round++) {
    size_t from = all.size();
    all.insert(all.end(), of.begin(), of.end());
    for (size_t i = of.size() - 1; i > 0; i--) {
      size_t j = (size_t)(((unsigned __int128)key(++random) * (i + 1)) >> 64);
      std::swap(all[from + i], all[from + j]);
    }
  }
  return all;
}

static void figure(const std::string &name, long long value) {
  std::printf("@figure %s %lld\n", name.c_str(), value);
}

[[noreturn]] static void fail(const char *text) {
  std::printf("@failure %s\n", text);
  std::exit(1);
}

static double nanosSince(Clock::time_point start) {
  return (double)std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
}

/** Reports the median, in picoseconds an operation. */
static void median(const char *name, std::vector<double> nanos) {
  std::sort(nanos.begin(), nanos.end());
  figure(name, (long long)(nanos[nanos.size() / 2] * 1000));
}

/** Times an operation on chunks of a stream: the median of some iterations. */
template <typename Work> static void timed(const char *name, const Keys &of, Work work) {
  size_t next = 0;
  auto run = [&](double least) {
    size_t done = 0;
    auto start = Clock::now();
    while (nanosSince(start) < least) {
      size_t end = std::min(next + CHUNK, of.size());
      work(of.data() + next, of.data() + end);
      done += end - next;
      next = end % of.size();
    }
    return nanosSince(start) / (double)done;
  };
  run(WARM_UP_NANOS);
  std::vector<double> nanos;
  for (size_t i = 0; i < ITERATIONS; i++) {
    nanos.push_back(run(ITERATION_NANOS));
  }
  median(name, nanos);
}

static void fill(Map &map, const Keys &of) {
  for (uint64_t k : of) {
    map[k] = k ^ SALT;
  }
  if (map.size() != of.size()) {
    fail("the map does not hold all entries");
  }
}

static void fills(const char *name, const Keys &of, size_t hint) {
  std::vector<double> nanos;
  for (size_t i = 0; i < std::clamp(FILLED / of.size(), (size_t)1, MOST_FILLS); i++) {
    auto start = Clock::now();
    Map map;
    map.reserve(hint);
    fill(map, of);
    nanos.push_back(nanosSince(start) / (double)of.size());
  }
  median(name, nanos);
}

static uint64_t sum(const Map &map, const uint64_t *from, const uint64_t *to) {
  uint64_t sum = 0;
  for (const uint64_t *k = from; k < to; k++) {
    auto found = map.find(*k);
    sum += found == map.end() ? 0 : found->second;
  }
  return sum;
}

static void times(size_t size) {
  Keys present = keys(0, size);
  fills("fill", present, 0);
  fills("fillPresized", present, size);
  Map map;
  map.reserve(size);
  fill(map, present);
  Keys hits = stream(present);
  timed("hit", hits, [&](auto from, auto to) { seen = seen + sum(map, from, to); });
  timed("miss", keys(size, hits.size()), [&](auto from, auto to) {
    if (sum(map, from, to) != 0) {
      fail("a key that is absent was found");
    }
  });
  uint64_t round = SALT;
  timed("overwrite", hits, [&](auto from, auto to) {
    round++;
    for (auto k = from; k < to; k++) {
      map[*k] = *k ^ round;
    }
  });
  timed("replace", hits, [&](auto from, auto to) {
    round++;
    for (auto k = from; k < to; k++) {
      map.erase(*k);
      map[*k] = *k ^ round;
    }
  });
  std::vector<double> walks;
  for (size_t i = 0; i < ITERATIONS; i++) {
    auto start = Clock::now();
    uint64_t sum = 0;
    for (const auto &entry : map) {
      sum += entry.second;
    }
    seen = seen + sum;
    walks.push_back(nanosSince(start) / (double)size);
  }
  median("iterate", walks);
  if (map.size() != size) {
    fail("the map does not hold all entries");
  }
}

/** A histogram of nanoseconds with 32 steps an octave. */
struct Histogram {
  std::vector<size_t> counts = std::vector<size_t>(64 * 32);
  size_t total = 0;
  long long max = 0;

  void record(long long nanos) {
    int shift = nanos < 64 ? 0 : 58 - __builtin_clzll((unsigned long long)nanos);
    counts[(size_t)(shift == 0 ? nanos : shift * 32 + (nanos >> shift))]++;
    total++;
    max = std::max(max, nanos);
  }

  long long percentile(double percent) const {
    auto wanted = (long long)(percent / 100 * (double)total);
    for (size_t index = 0; index < counts.size(); index++) {
      wanted -= (long long)counts[index];
      if (wanted <= 0 && counts[index] > 0) {
        long long shift = index < 64 ? 0 : (long long)index / 32 - 1;
        return (((long long)index - 32 * shift) << shift) | ((1LL << shift) - 1);
      }
    }
    return max;
  }

  void report(const std::string &name) const {
    for (const char *point : {"50", "99", "99.9", "99.99"}) {
      figure(name + ".p" + point, percentile(std::atof(point)));
    }
    figure(name + ".max", max);
  }
};

template <typename Work> static Histogram eachTimed(const Keys &of, size_t count, Work work) {
  Histogram latencies;
  auto last = Clock::now();
  for (size_t i = 0; i < count; i++) {
    work(of[i]);
    auto now = Clock::now();
    latencies.record(std::chrono::duration_cast<std::chrono::nanoseconds>(now - last).count());
    last = now;
  }
  return latencies;
}

static void latencies(size_t size) {
  Keys of = keys(0, size);
  auto filled = [&](size_t count) {
    Map map;
    return eachTimed(of, count, [&](uint64_t k) { map[k] = k ^ SALT; });
  };
  for (size_t i = 0; i < WARM_UP_FILLS; i++) {
    filled(std::min(size, WARM_UP_FILL));
  }
  eachTimed(of, size, [](uint64_t k) { seen = seen ^ k; }).report("noOp");
  filled(size).report("put");
}

static long long resident() {
  long long all = 0;
  long long pages = 0;
  std::FILE *statm = std::fopen("/proc/self/statm", "r");
  if (statm == nullptr || std::fscanf(statm, "%lld %lld", &all, &pages) != 2) {
    fail("the system does not tell what is resident");
  }
  std::fclose(statm);
  return pages * sysconf(_SC_PAGESIZE);
}

static void memory(size_t size) {
  long long baseline = resident();
  long long peak = 0;
  size_t step = (size + LOOKS - 1) / LOOKS;
  auto settled = [&](const char *moment) { figure(moment, resident() - baseline); };
  {
    Map map;
    for (size_t i = 0; i < size; i++) {
      uint64_t k = key(i);
      map[k] = k ^ SALT;
      if ((i + 1) % step == 0 || i + 1 == size) {
        long long now = resident() - baseline;
        peak = std::max(peak, now);
        std::printf("@point growth %zu %lld\n", i + 1, now);
      }
    }
    figure("PEAK", peak);
    settled("FULL");
    for (size_t i = 0; i < size / 100 * 95; i++) {
      map.erase(key(i));
    }
    settled("REMOVED");
    map.clear();
    settled("CLEARED");
  }
  settled("CLOSED");
}

/** Arguments: time SIZE, latency SIZE, or memory SIZE. */
int main(int count, char **arguments) {
  if (count != 3) {
    fail("wrong arguments");
  }
  size_t size = std::strtoull(arguments[2], nullptr, 10);
  if (std::strcmp(arguments[1], "time") == 0) {
    times(size);
  } else if (std::strcmp(arguments[1], "latency") == 0) {
    latencies(size);
  } else if (std::strcmp(arguments[1], "memory") == 0) {
    memory(size);
  } else {
    fail("unknown measurement");
  }
  return 0;
}
