// Drives in, results out, chunk after chunk of neurons: what a compiled spikenet project adds to Brian2's own code.
//
// The program is started in a folder with `plan` (lines of "name value") and one file of raw numbers an input; it
// writes one file an output. Neurons are numbered sample by sample: neuron = sample * units + unit.
#ifndef SPIKENET_STREAM_H
#define SPIKENET_STREAM_H

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>
#include "spikenet_blocks.h"  // BLOCK, written at generation

namespace spikenet {

class Stream {
    struct File { char* data; size_t bytes; };
    std::map<std::string, std::string> plan;
    std::map<std::string, File> files;
    std::vector<char> row_buffer;
    FILE* spike_file = nullptr;
    std::vector<pid_t> others;
    int64_t turn = 0;  // the number of this worker's next chunk
    int worker = 0;
    double reported = -1;

    static void fail(const std::string& message) {
        std::fprintf(stderr, "spikenet: %s\n", message.c_str());
        std::exit(4);
    }

    // Finalisers of SplitMix64 (Steele et al. 2014) and MurmurHash3: each maps its whole range onto itself.
    static uint64_t hash64(uint64_t x) {
        x += 0x9e3779b97f4a7c15ull;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
        return x ^ (x >> 31);
    }

    static uint32_t hash32(uint32_t x) {
        x = (x ^ (x >> 16)) * 0x85ebca6bu;
        x = (x ^ (x >> 13)) * 0xc2b2ae35u;
        return x ^ (x >> 16);
    }

    // Take all of a file's bytes from the disk now: a mapped file without them ends the program by a signal when it is
    // written to. Where the file system has no such call, the file is as long, and takes them as they are needed.
    static bool reserve(int descriptor, size_t bytes) {
#ifdef __linux__
        if (bytes > 0 && ::fallocate(descriptor, 0, 0, bytes) == 0) return true;
        if (bytes > 0 && errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) return false;
#endif
        return ::ftruncate(descriptor, bytes) == 0;
    }

    File& open(const std::string& name, size_t bytes, bool writing) {
        auto found = files.find(name);
        if (found != files.end()) return found->second;
        const int descriptor = ::open(name.c_str(), writing ? O_RDWR | O_CREAT : O_RDONLY, 0600);
        if (descriptor < 0) fail("cannot open " + name);
        struct stat status;
        if (writing && !reserve(descriptor, bytes)) fail("no room for " + name);
        if (::fstat(descriptor, &status) != 0 || size_t(status.st_size) != bytes)
            fail(name + " has " + std::to_string(status.st_size) + " bytes, wanted " + std::to_string(bytes));
        File file = {nullptr, bytes};
        if (bytes > 0) {
            file.data = (char*)::mmap(nullptr, bytes, writing ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, 0);
            if (file.data == MAP_FAILED) fail("cannot map " + name);
        }
        ::close(descriptor);
        return files[name] = file;
    }

public:
    int64_t total = 0, units = 0, chunk = 0, samples = 0;   // neurons, units a sample, neurons a chunk, samples of a trace
    int64_t first = 0, count = 0, n = 0;                    // this chunk: first neuron, neurons, the same in whole blocks
    int64_t row_index = 0;
    double record_start = 0;
    int workers = 1;
    unsigned long seed = 0;

    Stream() {
        std::ifstream file("plan");
        std::string name, value;
        while (file >> name >> value) plan[name] = value;
        if (plan.empty()) fail("no plan in this folder");
        total = number("total"); units = number("units"); chunk = number("chunk"); samples = number("samples");
        workers = number("workers"); seed = number("seed");
        record_start = std::atof(plan["record_start"].c_str());
    }

    // Neurons of the largest chunk.
    int64_t capacity() const { return std::min(chunk, total); }

    int64_t number(const char* name) {
        if (!plan.count(name)) fail(std::string("the plan lacks ") + name);
        return std::atoll(plan[name].c_str());
    }

    // Workers are processes, each with every n-th chunk. They never wait for each other, as threads that share a step
    // would in each step; their files are mapped, so that all write to the same.
    void divide() {
        std::fflush(nullptr);
        for (int next = 1; next < workers; next++) {
            const pid_t child = ::fork();
            if (child < 0) fail("cannot start another process");
            if (child == 0) { worker = next; others.clear(); break; }
            others.push_back(child);
        }
        turn = worker;
    }

    bool next_chunk() {
        first = turn * chunk;
        turn += workers;
        count = std::min(chunk, total - first);
        n = (count + BLOCK - 1) / BLOCK * BLOCK;
        row_index = 0;
        return count > 0;
    }

    // The seed of this chunk. Hashed: in a sum, the second chunk of one seed would be the first chunk of another. For one
    // seed it is a permutation of the chunks, so that no two of them have the same 32 bits, which is all that
    // std::mt19937 takes.
    uint32_t chunk_seed() const {
        const uint64_t key = hash64(seed);
        return hash32(hash32(uint32_t(first / chunk) ^ uint32_t(key >> 32)) + uint32_t(key));
    }

    // One number a neuron; the padding repeats the last one.
    template<class T> void read(const char* name, T* to) {
        const T* from = (const T*)open(std::string("in_") + name, total * sizeof(T), false).data;
        std::copy(from + first, from + first + count, to);
        std::fill(to + count, to + n, to[count - 1]);
    }

    // One number a unit, the same for every sample.
    template<class T> void read_units(const char* name, T* to) {
        const T* from = (const T*)open(std::string("in_") + name, units * sizeof(T), false).data;
        for (int64_t i = 0; i < n; i++) to[i] = from[(first + std::min(i, count - 1)) % units];
    }

    // Row `step` of a drive (sample, time, unit) that changes `steps` times.
    template<class T> void read_row(const char* name, int64_t steps, int64_t step, T* to) {
        const T* from = (const T*)open(std::string("in_") + name, total * steps * sizeof(T), false).data;
        step = std::min(std::max(step, int64_t(0)), steps - 1);
        each_sample([&](int64_t sample, int64_t unit, int64_t here, int64_t length) {
            std::memcpy(to + here, from + (sample * steps + step) * units + unit, length * sizeof(T));
        });
        std::fill(to + count, to + n, to[count - 1]);
    }

    // For each unit, the sum of the weights (from, to) of the units of its sample that spiked in the last step. Chunks
    // hold whole samples; spikes of the padding lead nowhere.
    template<class T> void sum_spikes(const char* name, const int32_t* spiking, int32_t n_spiking, T* to) {
        const T* weights = (const T*)open(std::string("in_") + name, units * units * sizeof(T), false).data;
        std::fill(to, to + n, T(0));
        for (int32_t k = 0; k < n_spiking; k++)
            if (spiking[k] < count) add_row(weights + spiking[k] % units * units, T(1), to + spiking[k] / units * units);
    }

    // The same for numbers that every unit sends in every step.
    template<class T> void sum_values(const char* name, const T* sent, T* to) {
        const T* weights = (const T*)open(std::string("in_") + name, units * units * sizeof(T), false).data;
        std::fill(to, to + n, T(0));
        for (int64_t i = 0; i < count; i++) add_row(weights + i % units * units, sent[i], to + i / units * units);
    }

    template<class T> void write(const char* name, const T* from) {
        T* to = (T*)open(std::string("out_") + name, total * sizeof(T), true).data;
        std::copy(from, from + count, to + first);
    }

    template<class T> T* row() {
        row_buffer.resize(n * sizeof(T));
        return (T*)row_buffer.data();
    }

    // Row after row becomes a trace (sample, time, unit).
    template<class T> void write_row(const T* row) {
        T* to = (T*)open("out_trace", total * samples * sizeof(T), true).data;
        const int64_t time = row_index++;
        if (time >= samples) fail("more samples than planned");
        each_sample([&](int64_t sample, int64_t unit, int64_t here, int64_t length) {
            std::memcpy(to + (sample * samples + time) * units + unit, row + here, length * sizeof(T));
        });
    }

    // Events of 16 bytes: the neuron (int64), and the time since the recording began (double).
    void write_spikes(const int32_t* neurons, int32_t n_spikes, double t) {
        const std::string name = worker ? "out_spikes_" + std::to_string(worker) : "out_spikes";
        if (!spike_file && !(spike_file = std::fopen(name.c_str(), "wb"))) fail("cannot open " + name);
        for (int32_t k = 0; k < n_spikes; k++) {
            if (neurons[k] >= count) continue;
            struct { int64_t neuron; double time; } event = {first + neurons[k], t - record_start};
            if (std::fwrite(&event, sizeof event, 1, spike_file) != 1) fail("no room for out_spikes");
        }
    }

    template<class T> void check(const char* name, const T* values) {
        for (int64_t i = 0; i < count; i++)
            if (!std::isfinite(values[i])) {
                std::fprintf(stderr, "spikenet: %s of sample %lld, unit %lld is not finite\n", name,
                             (long long)((first + i) / units), (long long)((first + i) % units));
                std::exit(3);
            }
    }

    // A line "progress 0.25" on the standard output at every hundredth. The first worker speaks for all.
    void report(double fraction_of_chunk) {
        if (worker) return;
        const double done = (first + fraction_of_chunk * count) / total;
        if (done < reported + 0.01) return;
        reported = done;
        std::printf("progress %.4f\n", done);
        std::fflush(stdout);
    }

    void finish() {
        if (spike_file && std::fclose(spike_file) != 0) fail("no room for out_spikes");
        for (auto& file : files) if (file.second.data) ::munmap(file.second.data, file.second.bytes);
        for (const pid_t child : others) {
            int status = 0;
            ::waitpid(child, &status, 0);
            if (!WIFEXITED(status)) fail("a process was ended by signal " + std::to_string(WTERMSIG(status)));
            if (WEXITSTATUS(status)) std::exit(WEXITSTATUS(status));
        }
    }

private:
    template<class T> void add_row(const T* __restrict__ row, T factor, T* __restrict__ sums) const {
        for (int64_t unit = 0; unit < units; unit++) sums[unit] += factor * row[unit];
    }

    // Calls back for each run of neurons of this chunk that lies in one sample.
    template<class F> void each_sample(F callback) {
        for (int64_t here = 0; here < count;) {
            const int64_t neuron = first + here, unit = neuron % units;
            const int64_t length = std::min(units - unit, count - here);
            callback(neuron / units, unit, here, length);
            here += length;
        }
    }
};

inline Stream& stream() {
    static Stream the_stream;
    return the_stream;
}

}  // namespace spikenet

#endif
