// SPDX-License-Identifier: Apache-2.0
// The loops of the package `check` with `std::stop_token` in every iteration, beside themselves
// without. Prints lines: column, "check" or "none", CPU ns per iteration. One argument: ms a sample.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <stop_token>
#include <vector>

namespace {

constexpr int N = 4096;
constexpr int M = 128;  // of the matrices
constexpr int SAMPLES = 10;

std::vector<unsigned> a(N), b(N), c(N);
std::vector<std::vector<unsigned>> p(M), q(M), r(M);

double cpu_ns() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

/// What may have been written is read, and what was read may have changed.
template <class T>
void keep(T const& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

struct None {
  bool stopped() const { return false; }
};

struct Token {
  std::stop_token token;
  bool stopped() const { return token.stop_requested(); }
};

template <class Check>
[[gnu::noinline]] unsigned dot(Check const& check, unsigned const* a, unsigned const* b) {
  unsigned sum = 0;
  for (int i = 0; i < N; i++) {
    if (check.stopped()) break;
    sum += a[i] * b[i];
  }
  return sum;
}

template <class Check>
[[gnu::noinline]] void scale(
    Check const& check, unsigned const* a, unsigned const* b, unsigned* __restrict c) {
  for (int i = 0; i < N; i++) {
    if (check.stopped()) break;
    c[i] = a[i] * 3 + b[i];
  }
}

template <class Check>
[[gnu::noinline]] void row(
    Check const& check, unsigned* __restrict to, unsigned factor, unsigned const* from) {
  for (int j = 0; j < M; j++) {
    if (check.stopped()) break;
    to[j] += factor * from[j];
  }
}

template <class Check>
[[gnu::noinline]] unsigned long chain(Check const& check, unsigned long x) {
  for (int i = 0; i < N; i++) {
    if (check.stopped()) break;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  return x;
}

template <class Once>
void measure(char const* column, char const* what, double ms, double iterations, Once once) {
  double const end = cpu_ns() + ms * 1e6;
  while (cpu_ns() < end) once();  // warm caches, full clock
  for (int sample = 0; sample < SAMPLES; sample++) {
    long rounds = 0;
    double const began = cpu_ns();
    double now = began;
    while (now - began < ms * 1e6) {
      for (int i = 0; i < 8; i++) once();
      rounds += 8;
      now = cpu_ns();
    }
    std::printf("%s\t%s\t%.6f\n", column, what, (now - began) / (rounds * iterations));
  }
}

template <class Check>
void all(Check const& check, char const* what, double ms) {
  measure("dot product", what, ms, N, [&] { keep(dot(check, a.data(), b.data())); });
  measure("c[i] = a[i]*3 + b[i]", what, ms, N, [&] {
    scale(check, a.data(), b.data(), c.data());
    keep(c.data());
  });
  measure("matrix product", what, ms, double(M) * M * M, [&] {
    for (int i = 0; i < M; i++)
      for (int k = 0; k < M; k++) row(check, r[i].data(), p[i][k], q[k].data());
    keep(r.data());
  });
  unsigned long x = 88172645463325252ul;
  measure("chain", what, ms, N, [&] { keep(x = chain(check, x)); });
}

}  // namespace

int main(int count, char** words) {
  double const ms = count > 1 ? std::atof(words[1]) : 100;
  std::mt19937 random(1);
  for (int i = 0; i < N; i++) a[i] = random(), b[i] = random();
  for (int i = 0; i < M; i++) {
    r[i].resize(M);
    for (int k = 0; k < M; k++) p[i].push_back(random()), q[i].push_back(random());
  }
  std::stop_source source;
  all(Token{source.get_token()}, "check", ms);
  all(None{}, "none", ms);
}
