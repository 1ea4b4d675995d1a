{#- Columns of a label's answer as text and as a number, by classifier. -#}
{%- set answers = {
    'work_mode': ('work_mode', 'null'),
    'codebase_relation': ('codebase_relation', 'null'),
    'success_evidence': ('null', 'success_score'),
    'failure_evidence': ('null', 'failure_score'),
    'outcome': ('outcome', 'null'),
} -%}

with

{% for classifier, (answer_label, answer_score) in answers.items() -%}
{{ classifier }} as (
    select
        {{ label_columns() | indent(12) }}
        cast({{ answer_label }} as {{ type_string() }}) as answer_label,
        cast({{ answer_score }} as bigint) as answer_score
    from {{ ref('stg_labels__' ~ classifier) }}
),

{% endfor -%}

unioned as (
    {% for classifier in answers -%}
    select * from {{ classifier }}
    {%- if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

-- The newest fingerprint of a classifier and labeller is the one that labelled last, unless one is
-- pinned. Equal times go by fingerprint.
fingerprints as (
    select
        classifier,
        labeller,
        fingerprint,
        row_number() over (
            partition by classifier, labeller
            order by
                {{ is_pinned('fingerprint') }} desc,
                max(labelled_at) desc,
                fingerprint
        ) as newness
    from unioned
    group by classifier, labeller, fingerprint
),

first_replicates as (
    select
        classifier,
        fingerprint,
        unit_id,
        min(replicate) as first_replicate
    from unioned
    group by classifier, fingerprint, unit_id
),

final as (
    select
        unioned.*,
        fingerprints.newness = 1
        and unioned.replicate = first_replicates.first_replicate as is_current
    from unioned
    inner join fingerprints
        on
            unioned.classifier = fingerprints.classifier
            and unioned.labeller = fingerprints.labeller
            and unioned.fingerprint = fingerprints.fingerprint
    inner join first_replicates
        on
            unioned.classifier = first_replicates.classifier
            and unioned.fingerprint = first_replicates.fingerprint
            and unioned.unit_id = first_replicates.unit_id
)

select *
from final
