{# USES_VARIABLES { N } #}
{# Brian2's template in two loops: conditions, of several neurons at once, and then the neurons that spike. #}
{% extends 'common_group.cpp' %}

{% block extra_headers %}
#include <cstring>
#include <vector>

namespace {
inline uint64_t _spread(uint64_t z)
{
    z = (z ^ (z >> 30))*0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27))*0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}
// A number of [0, 1) with 53 bits: the n-th of those that start from a key.
inline double _uniform(uint64_t key, uint64_t n)
{
    return (double)(int64_t)(_spread(key + (n + 1)*0x9e3779b97f4a7c15ULL) >> 11)*(1.0/9007199254740992.0);
}
}
{% endblock %}

{% block maincode %}
    {% set _random = draws_uniform_numbers(vector_code) %}
    // scalar code
    const int _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    {% set _eventspace = get_array_name(eventspace_variable) %}
    static std::vector<char> _conditions(N + 8); // with zeros behind the last one
    char *__restrict _conditions_of = _conditions.data();
    {% if _random %}
    // One number of Brian2's generator a step, spread over the neurons by that of Steele, Lea and Flood (2014).
    const uint64_t _key = _spread((uint64_t)(_rand(0)*9007199254740992.0));
    {% endif %}
    {{independent_pragma(vector_code, variables, ('_idx',), ('rand',))}}
    for(int _idx=0; _idx<N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{with_spread_numbers(vector_code)|autoindent}}
        _conditions_of[_idx] = _cond;
    }
    long _count = 0;
    for(size_t _begin=0; _begin<N; _begin+=8)
    {
        uint64_t _eight;
        std::memcpy(&_eight, _conditions_of + _begin, 8);
        if(!_eight) continue;
        for(size_t _idx=_begin; _idx<_begin + 8; _idx++)
            if(_conditions_of[_idx]) {
                {{_eventspace}}[_count++] = _idx;
                {% if _uses_refractory %}
                {{not_refractory}}[_idx] = false;
                {{lastspike}}[_idx] = {{t}};
                {% endif %}
            }
    }
    {{_eventspace}}[N] = _count;
{% endblock %}

{% block after_code %}
{% set _eventspace = get_array_name(eventspace_variable) %}
{{_eventspace}}[N] = 0;  // Note that this is not an off-by-1-error: the array has N+1 elements
{% endblock %}
