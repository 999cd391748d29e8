{# What a spike does. The same effects in the same order as in Brian2's template, over the synapses of a neuron. #}
{% extends 'common_synapses.cpp' %}

{% block maincode %}
    {# USES_VARIABLES { _synaptic_pre } #}
    // scalar code
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    {% set _neighbours = code_of_neighbours(vector_code, pathway) %}
    {% set _pragma = independent_pragma(vector_code, variables, ('_idx', other_index(pathway))) %}
    const PathwayQueue &_queue = *{{pathway.name}}.queue[0];
    const std::vector<int32_t> &_spikes = _queue.queue[_queue.offset];
    {% if _neighbours %}
    if (_queue.of_neurons && _queue.dense)
    {
        for (const int32_t _spike : _spikes)
        {
            const int32_t _source = _spike + _queue.source_start;
            for (const SynapseRun *_run = _queue.runs_begin(_spike); _run != _queue.runs_end(_spike); _run++)
            {
                const int32_t _first = _run->first, _count = _run->count, _step = _run->step, _other = _run->other;
                if (_step == 1)
                    {{_pragma}}
                    for (int32_t _k = 0; _k < _count; _k++)
                    {
                        const size_t _idx = _first + _k;
                        const size_t _vectorisation_idx = _idx;
                        {{_neighbours|autoindent}}
                    }
                else
                    {{_pragma}}
                    for (int32_t _k = 0; _k < _count; _k++)
                    {
                        const size_t _idx = _first + _k*_step;
                        const size_t _vectorisation_idx = _idx;
                        {{_neighbours|autoindent}}
                    }
            }
        }
    }
    else
    {% endif %}
    if (_queue.of_neurons && !_queue.listed())
    {
        for (const int32_t _spike : _spikes)
            for (const SynapseRun *_run = _queue.runs_begin(_spike); _run != _queue.runs_end(_spike); _run++)
            {
                const int32_t _first = _run->first, _count = _run->count, _step = _run->step;
                for (int32_t _k = 0; _k < _count; _k++)
                {
                    const size_t _idx = _first + _k*_step;
                    const size_t _vectorisation_idx = _idx;
                    {{vector_code|autoindent}}
                }
            }
    }
    else
    {
    // Synapses one after the other: those of each neuron, or those that wait by themselves.
    const size_t _n_lists = _queue.of_neurons ? _spikes.size() : !_spikes.empty();
    for (size_t _list = 0; _list < _n_lists; _list++)
    {
        const int32_t *_ids = _queue.of_neurons ? _queue.ids_begin(_spikes[_list]) : _spikes.data();
        const int32_t *const _end = _queue.of_neurons ? _queue.ids_end(_spikes[_list]) : _ids + _spikes.size();
        for (; _ids != _end; _ids++)
        {
            const size_t _idx = *_ids;
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
        }
    }
    }
{% endblock %}
