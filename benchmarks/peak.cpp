// The most arithmetic that one core does: instructions a second on whole vectors, in several mixes of fused
// multiply-adds and additions.
//
// Intel's cores send both to the same pipes, AMD's have pipes for additions beside those for multiply-adds. So the
// limit is that of the best mix. Chains of dependent instructions lie in registers, enough of them to fill all pipes.
//
// `peak 64` and `peak 32` print a line for each mix of double or single precision: multiply-adds, additions, and how
// many numbers a second both together work on.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <utility>

#if defined(__AVX512F__)
const int BYTES = 64, FMA_CHAINS = 12, ADD_CHAINS = 12;
#define IN_REGISTER(v) asm volatile("" : "+v"(v))
#elif defined(__AVX__)
const int BYTES = 32, FMA_CHAINS = 8, ADD_CHAINS = 6;  // sixteen registers in all, and two constants
#define IN_REGISTER(v) asm volatile("" : "+x"(v))
#elif defined(__aarch64__)
const int BYTES = 16, FMA_CHAINS = 12, ADD_CHAINS = 12;
#define IN_REGISTER(v) asm volatile("" : "+w"(v))
#else
const int BYTES = 16, FMA_CHAINS = 8, ADD_CHAINS = 6;
#define IN_REGISTER(v) asm volatile("" : "+x"(v))
#endif
#define INLINE [[gnu::always_inline]] inline

const int SLOTS = 24;  // multiply-adds in a round of a mix that has any
const int REPEATS = 5;
const double SECONDS = 0.02;  // of one repeat, at least

template <class Number> struct Chains {
    typedef Number Vector __attribute__((vector_size(BYTES)));
    Vector product[FMA_CHAINS], sum[ADD_CHAINS], factor, summand;

    INLINE Chains() {
        for (unsigned lane = 0; lane < BYTES / sizeof(Number); lane++) { factor[lane] = 0.999; summand[lane] = 1e-3; }
        for (Vector& chain : product) chain = summand;
        for (Vector& chain : sum) chain = summand;
    }
    template <int K> INLINE void multiply_add() {
        Vector chain = product[K % FMA_CHAINS] * factor + summand;
        IN_REGISTER(chain);
        product[K % FMA_CHAINS] = chain;
    }
    template <int K> INLINE void add() {
        Vector chain = sum[K % ADD_CHAINS] + summand;
        IN_REGISTER(chain);
        sum[K % ADD_CHAINS] = chain;
    }
    // Step K of a round: a multiply-add if there is any, and its share of the additions.
    template <int FMAS, int ADDS, int K> INLINE void step() {
        if constexpr (K < FMAS) multiply_add<K>();
        additions<K * ADDS / SLOTS>(std::make_integer_sequence<int, (K + 1) * ADDS / SLOTS - K * ADDS / SLOTS>());
    }
    template <int FIRST, int... K> INLINE void additions(std::integer_sequence<int, K...>) { (add<FIRST + K>(), ...); }
    template <int FMAS, int ADDS, int... K> INLINE void round(std::integer_sequence<int, K...>) {
        (step<FMAS, ADDS, K>(), ...);
    }
};

template <class Number, int FMAS, int ADDS> [[gnu::noinline]] double seconds_of(long rounds) {
    Chains<Number> chains;
    const auto start = std::chrono::steady_clock::now();
    for (long round = 0; round < rounds; round++)
        chains.template round<FMAS, ADDS>(std::make_integer_sequence<int, SLOTS>());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

template <class Number, int FMAS, int ADDS> void measure() {
    long rounds = 1000;
    while (seconds_of<Number, FMAS, ADDS>(rounds) < SECONDS) rounds *= 2;
    double best = 0;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        const double rate = rounds * double(FMAS + ADDS) / seconds_of<Number, FMAS, ADDS>(rounds);
        best = rate > best ? rate : best;
    }
    std::printf("%d %d %.6g\n", FMAS, ADDS, best * (BYTES / sizeof(Number)));
}

template <class Number> void measure_mixes() {
    measure<Number, SLOTS, 0>();
    measure<Number, SLOTS, SLOTS / 3>();
    measure<Number, SLOTS, SLOTS / 2>();
    measure<Number, SLOTS, SLOTS>();
    measure<Number, SLOTS, 2 * SLOTS>();
    measure<Number, 0, SLOTS>();
}

int main(int n, char** words) {
    if (n == 2 && !std::strcmp(words[1], "64")) return measure_mixes<double>(), 0;
    if (n == 2 && !std::strcmp(words[1], "32")) return measure_mixes<float>(), 0;
    std::fputs("usage: peak 64|32\n", stderr);
    return 1;
}
