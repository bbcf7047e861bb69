// Times small pieces of the product on their own: CPU time of this thread and
// allocations, each for one operation.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <vector>

namespace bench {

// Calls of operator new and of OpenSSL's allocator so far, by this process.
uint64_t allocations();

class Micro {
 public:
  // With --smoke everything runs just once.
  Micro(int count, char** words)
      : smoke_(count > 1 && std::string_view(words[1]) == "--smoke") {}

  bool smoke() const { return smoke_; }

  // Prints the median over several batches of `repeat` calls; `per_call` is how
  // many operations (or octets) one call is worth.
  template <class Operation>
  void measure(const char* name, int repeat, Operation operation,
               double per_call = 1) const {
    if (smoke_) repeat = 1;
    operation();  // fills caches and scratch buffers
    std::vector<double> batches;
    const uint64_t before = allocations();
    const int rounds = smoke_ ? 1 : 7;
    for (int round = 0; round < rounds; ++round) {
      const double start = cpu_nanoseconds();
      for (int i = 0; i < repeat; ++i)
        operation();
      batches.push_back((cpu_nanoseconds() - start) / repeat / per_call);
    }
    const double made = static_cast<double>(allocations() - before) / rounds /
                        repeat / per_call;
    std::nth_element(batches.begin(), batches.begin() + rounds / 2,
                     batches.end());
    std::printf("  %-44s %12.1f ns  %8.2f allocations\n", name,
                batches[static_cast<size_t>(rounds) / 2], made);
  }

 private:
  static double cpu_nanoseconds() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e9 +
           static_cast<double>(used.tv_nsec);
  }

  const bool smoke_;
};

}  // namespace bench
