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

int main() {
    const int CHAINS = BYTES == 32 ? 12 : 16;  // AVX has sixteen registers in all
    const long ROUNDS = 20000000;
    Vector chain[CHAINS], factor, summand;
    for (unsigned k = 0; k < BYTES / sizeof(double); k++) { factor[k] = 0.999999; summand[k] = 1e-7; }
    for (auto& one : chain) one = factor;
    const auto start = std::chrono::steady_clock::now();
    for (long round = 0; round < ROUNDS; round++) {
        #pragma GCC unroll 16
        for (int k = 0; k < CHAINS; k++) { chain[k] = chain[k] * factor + summand; IN_REGISTER(chain[k]); }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%d %.6g\n", BYTES, ROUNDS * double(CHAINS) / seconds);
}
