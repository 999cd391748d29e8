// Fused multiply-adds on whole vectors a second, on one core: sixteen independent chains in registers.
#include <chrono>
#include <cstdio>

#if defined(__AVX512F__)
const int BYTES = 64;
#define IN_REGISTER(v) asm volatile("" : "+v"(v))
#elif defined(__AVX__)
const int BYTES = 32;
#define IN_REGISTER(v) asm volatile("" : "+x"(v))
#elif defined(__aarch64__)
const int BYTES = 16;
#define IN_REGISTER(v) asm volatile("" : "+w"(v))
#else
const int BYTES = 16;
#define IN_REGISTER(v) asm volatile("" : "+x"(v))
#endif
typedef double Vector __attribute__((vector_size(BYTES)));

// One variable a chain: an array would live in memory, and the loads and stores would be measured.
#define TWELVE(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11)
#if defined(__AVX__) && !defined(__AVX512F__)
#define EACH(F) TWELVE(F)  // AVX has sixteen registers in all
const int CHAINS = 12;
#else
#define EACH(F) TWELVE(F) F(12) F(13) F(14) F(15)
const int CHAINS = 16;
#endif
#define BEGIN(k) Vector chain##k = factor;
#define STEP(k) chain##k = chain##k * factor + summand; IN_REGISTER(chain##k);

int main() {
    const long ROUNDS = 20000000;
    Vector factor, summand;
    for (unsigned k = 0; k < BYTES / sizeof(double); k++) { factor[k] = 0.999999; summand[k] = 1e-7; }
    EACH(BEGIN)
    const auto start = std::chrono::steady_clock::now();
    for (long round = 0; round < ROUNDS; round++) { EACH(STEP) }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%d %.6g\n", BYTES, ROUNDS * double(CHAINS) / seconds);
}
