{# Collects the neurons that cross the threshold, in the order in which threads come by; their number stands behind
   the last neuron of this chunk, whose size is known at run time only. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cu' %}
{% set _space = get_array_name(eventspace_variable, access_data=False) %}

{% block host_maincode %}
    CUDA_SAFE_CALL(cudaMemset(dev{{ _space }}[current_idx{{ _space }}] + _N, 0, sizeof(int32_t)));
{% endblock %}

{% block kernel_maincode %}
    ///// scalar_code /////
    {{scalar_code|autoindent}}

    { // the two may define the same variable
        ///// vector_code /////
        {{vector_code|autoindent}}

        if (_cond)
        {
            int32_t* const _events = {{ get_array_name(eventspace_variable) }};
            _events[atomicAdd(&_events[_N], 1)] = _idx;
            {% if _uses_refractory %}
            {{not_refractory}}[_idx] = false;
            {{lastspike}}[_idx] = {{t}};
            {% endif %}
        }
    }
{% endblock %}
