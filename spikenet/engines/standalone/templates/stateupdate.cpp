{# Blocks of neurons that fit the first-level cache, several substeps each before the next block's turn. Every block
   is whole (arrays are padded to BLOCK), so that a neuron's arithmetic does not depend on where it lies. #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    // scalar code
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    const int _n_blocks = N / spikenet::BLOCK;
    for(int _block=0; _block<_n_blocks; _block++)
    {
        for(int _substep=0; _substep<{{ substeps | default(1) }}; _substep++)
        {
            const int _start = _block * spikenet::BLOCK;
            for(int _idx=_start; _idx<_start + spikenet::BLOCK; _idx++)
            {
                // vector code
                const size_t _vectorisation_idx = _idx;
                {{vector_code|autoindent}}
            }
        }
    }
{% endblock %}
