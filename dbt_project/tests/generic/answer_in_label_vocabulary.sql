{#-
  Fails where a field of an answer holds a word that the seed does not list for it: the closed vocabularies
  have one home, the catalog of classifiers, and the seed is written from it. `backing` is computed by a
  rule and asked of nobody, so that its words are here.
-#}
{% test answer_in_label_vocabulary(model, column_name) %}
with

vocabulary as (
    select
        classifier,
        field,
        label
    from {{ ref('label_vocabulary') }}
    union all
    select
        'claims' as classifier,
        'backing' as field,
        label
    from (values ('backed'), ('unbacked'), ('contradicted')) as backings (label)
),

closed as (
    select distinct
        classifier,
        field
    from vocabulary
)

-- A word needs a vocabulary; a number needs one only where its field has one.
select
    answers.classifier,
    answers.field,
    answers.{{ column_name }}
from {{ model }} as answers
left join vocabulary
    on
        answers.classifier = vocabulary.classifier
        and answers.field = vocabulary.field
        and answers.{{ column_name }} = vocabulary.label
left join closed
    on answers.classifier = closed.classifier and answers.field = closed.field
where
    answers.{{ column_name }} is not null
    and vocabulary.label is null
    and (answers.value_number is null or closed.field is not null)
{% endtest %}
