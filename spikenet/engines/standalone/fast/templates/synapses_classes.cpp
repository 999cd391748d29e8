{# Synapses of a pathway. Where all have the same delay, spikes of neurons wait in the queue, not of synapses. #}
{% macro cpp_file() %}
{% endmacro %}

{% macro h_file() %}
#ifndef _BRIAN_SYNAPSES_H
#define _BRIAN_SYNAPSES_H

#include <algorithm>
#include <utility>
#include <vector>
#include "brianlib/spikequeue.h"

// Synapses first, first + step, ... of one source neuron. Where the queue is dense, they lead to neurons other,
// other + 1, ...
struct SynapseRun
{
    int32_t first, step, count, other;
};

// Brian2's queue. Each synapse waits in it by itself, or each source neuron does; its state is that of synapses.
class PathwayQueue : public CSpikeQueue
{
    std::vector<int32_t> begins; // of the runs, or of the ids, of each source neuron
    std::vector<SynapseRun> runs;
    std::vector<int32_t> ids;
    bool holds_neurons = false;

    size_t n_sources() const { return source_end - source_start; }

    // Collect runs with at most so many in all: of neighbours on both sides (dense), or of neighbouring synapses.
    bool find_runs(const int32_t *sources, const int32_t *others, int n, size_t most)
    {
        std::vector<int32_t> last(n_sources(), -1), owners;
        std::vector<SynapseRun> found;
        for (int32_t k = 0; k < n; k++)
        {
            const int32_t source = sources[k] - source_start;
            if (last[source] >= 0)
            {
                SynapseRun &run = found[last[source]];
                const int32_t step = dense ? (run.count == 1 ? k - run.first : run.step) : 1;
                if (k == run.first + (int64_t)run.count*step && (!dense || others[k] == run.other + run.count))
                {
                    run.step = step;
                    run.count++;
                    continue;
                }
            }
            if (found.size() == most)
                return false;
            last[source] = found.size();
            owners.push_back(source);
            found.push_back({k, 1, 1, others[k]});
        }
        begins.assign(n_sources() + 1, 0);
        for (int32_t source : owners)
            begins[source + 1]++;
        for (size_t k = 0; k < n_sources(); k++)
            begins[k + 1] += begins[k];
        std::vector<int32_t> place(begins.begin(), begins.end() - 1);
        runs.resize(found.size());
        for (size_t k = 0; k < found.size(); k++)
            runs[place[owners[k]]++] = found[k];
        return true;
    }

    void list_ids(const int32_t *sources, int n)
    {
        begins.assign(n_sources() + 1, 0);
        for (int k = 0; k < n; k++)
            begins[sources[k] - source_start + 1]++;
        for (size_t k = 0; k < n_sources(); k++)
            begins[k + 1] += begins[k];
        std::vector<int32_t> place(begins.begin(), begins.end() - 1);
        ids.resize(n);
        for (int k = 0; k < n; k++)
            ids[place[sources[k] - source_start]++] = k;
    }

    void append_synapses(int32_t neuron, std::vector<int32_t> &to) const
    {
        if (!ids.empty())
            to.insert(to.end(), ids.begin() + begins[neuron], ids.begin() + begins[neuron + 1]);
        else
            for (const SynapseRun *run = runs_begin(neuron); run != runs_end(neuron); run++)
                for (int32_t k = 0; k < run->count; k++)
                    to.push_back(run->first + k*run->step);
    }

    // The neurons whose synapses these are; false if they are not all of those of some neurons.
    bool neurons_of(const std::vector<int32_t> &spikes, const int32_t *sources, int n, std::vector<int32_t> &neurons)
    {
        std::vector<int32_t> theirs;
        for (size_t k = 0; k < spikes.size(); k += theirs.size())
        {
            if (spikes[k] >= n)
                return false;
            neurons.push_back(sources[spikes[k]] - source_start);
            theirs.clear();
            append_synapses(neurons.back(), theirs);
            if (k + theirs.size() > spikes.size() || !std::equal(theirs.begin(), theirs.end(), spikes.begin() + k))
                return false;
        }
        return true;
    }

    std::vector<std::vector<int32_t>> of_synapses() const
    {
        std::vector<std::vector<int32_t>> all(queue.size());
        for (size_t k = 0; k < queue.size(); k++)
            for (int32_t neuron : queue[k])
                append_synapses(neuron, all[k]);
        return all;
    }

public:
    bool of_neurons = false; // spikes of neurons wait
    bool dense = false;

    PathwayQueue(int start, int stop) : CSpikeQueue(start, stop) {}

    const SynapseRun *runs_begin(int32_t neuron) const { return runs.data() + begins[neuron]; }
    const SynapseRun *runs_end(int32_t neuron) const { return runs.data() + begins[neuron + 1]; }
    const int32_t *ids_begin(int32_t neuron) const { return ids.data() + begins[neuron]; }
    const int32_t *ids_end(int32_t neuron) const { return ids.data() + begins[neuron + 1]; }
    bool listed() const { return !ids.empty(); }

    // Whether the runs, neuron after neuron, are the synapses from 0 to n in order.
    bool in_order(int n) const
    {
        int next = 0;
        for (const SynapseRun &run : runs)
        {
            if (run.first != next || run.step != 1)
                return false;
            next += run.count;
        }
        return of_neurons && dense && next == n;
    }

    std::pair<int, std::vector<std::vector<int32_t>>> _full_state() const
    {
        return {offset, holds_neurons ? of_synapses() : queue};
    }

    void _restore_from_full_state(const std::pair<int, std::vector<std::vector<int32_t>>> state)
    {
        CSpikeQueue::_restore_from_full_state(state);
        holds_neurons = false; // until the next run is prepared
    }

    template <typename scalar>
    void prepare(const scalar *delays, int n_delays, const int32_t *sources, const int32_t *others, int n, double step)
    {
        if (holds_neurons)
            queue = of_synapses();
        holds_neurons = of_neurons = false;
        bool same = true;
        for (int k = 1; same && k < n_delays; k++)
            same = (int)(delays[k] / step + 0.5) == (int)(delays[0] / step + 0.5);
        ids.clear();
        ids.shrink_to_fit();
        runs.clear();
        if (same)
        {
            dense = true;
            if (!find_runs(sources, others, n, n/8))
            {
                dense = false;
                if (!find_runs(sources, others, n, 2*n_sources()))
                    list_ids(sources, n);
            }
            std::vector<std::vector<int32_t>> neurons(queue.size());
            of_neurons = true;
            for (size_t k = 0; of_neurons && k < queue.size(); k++)
                of_neurons = neurons_of(queue[k], sources, n, neurons[k]);
            if (of_neurons)
                queue = neurons;
        }
        holds_neurons = of_neurons;
        if (!of_neurons)
        {
            CSpikeQueue::prepare((scalar *)delays, n_delays, (int32_t *)sources, n, step);
            return;
        }
        std::vector<int32_t> each(n_sources());
        for (size_t k = 0; k < each.size(); k++)
            each[k] = source_start + k;
        scalar delay = n_delays ? delays[0] : 0;
        CSpikeQueue::prepare(&delay, 1, each.data(), each.size(), step);
    }
};

inline std::ostream &operator<<(std::ostream &out, const PathwayQueue &queue)
{
    const auto state = queue._full_state();
    out << state.first << "\n" << state.second.size() << "\n";
    for (const auto &spikes : state.second)
    {
        out << spikes.size() << "\n";
        for (int32_t spike : spikes)
            out << spike << " ";
        if (!spikes.empty())
            out << "\n";
    }
    return out;
}

class SynapticPathway
{
public:
    std::vector<int> &sources;
    std::vector<PathwayQueue *> queue; // of one thread

    SynapticPathway(std::vector<int> &_sources, int start, int stop)
        : sources(_sources), queue{new PathwayQueue(start, stop)}
    {
    }
    ~SynapticPathway() { delete queue[0]; }

    void push(int *spikes, int n_spikes) { queue[0]->push(spikes, n_spikes); }
    void advance() { queue[0]->advance(); }

    template <typename scalar>
    void prepare(const std::vector<scalar> &delays, const std::vector<int32_t> &others, double step)
    {
        queue[0]->prepare(delays.data(), delays.size(), sources.data(), others.data(), sources.size(), step);
    }
};

#endif
{% endmacro %}
