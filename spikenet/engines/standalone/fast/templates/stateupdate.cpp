{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{# Brian2's template, whose loop the compiler may do several steps of at once; code of synapses without look-ups. #}
{% extends 'common_group.cpp' %}

{% block extra_headers %}
{% if prefs['core.default_float_dtype'].__name__ == 'float32' %}
// Brian2 calls these in double precision. Those for vectors differ in the last bits, which single precision rounds away.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_VECTORS extern "C" __attribute__((__simd__("notinbranch"))) double
FOR_VECTORS exp(double) noexcept;
FOR_VECTORS log(double) noexcept;
FOR_VECTORS sin(double) noexcept;
FOR_VECTORS cos(double) noexcept;
FOR_VECTORS pow(double, double) noexcept;
#endif
{% endif %}
{% endblock %}

{% block maincode %}
    // scalar code
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    const int _N = {{constant_or_scalar('N', variables['N'])}};
    {% set _pathway = pathway_from_sources(owner, vector_code) %}
    {% set _neighbours = '' if _pathway is none else code_of_neighbours(vector_code, _pathway) %}
    {% if _neighbours %}
    const PathwayQueue &_queue = *{{_pathway.name}}.queue[0];
    if (_queue.in_order(_N))
    {
        for (int32_t _neuron = 0; _neuron < _queue.source_end - _queue.source_start; _neuron++)
        {
            const int32_t _source = _neuron + _queue.source_start;
            for (const SynapseRun *_run = _queue.runs_begin(_neuron); _run != _queue.runs_end(_neuron); _run++)
            {
                const int32_t _first = _run->first, _count = _run->count, _other = _run->other;
                {{independent_pragma(vector_code, variables, ('_idx', '_postsynaptic_idx'))}}
                for (int32_t _k = 0; _k < _count; _k++)
                {
                    const size_t _idx = _first + _k;
                    const size_t _vectorisation_idx = _idx;
                    {{_neighbours|autoindent}}
                }
            }
        }
    }
    else
    {% endif %}
    {{independent_pragma(vector_code, variables, ('_idx',))}}
    for(int _idx=0; _idx<_N; _idx++)
    {
        // vector code
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
{% endblock %}
