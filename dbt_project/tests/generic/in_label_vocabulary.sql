{#-
  Fails where a column of a label or items table holds a word that the seed does not list for it: the
  closed vocabularies have one home, the catalog of classifiers, and the seed is written from it.
-#}
{% test in_label_vocabulary(model, column_name, classifier) %}
with

vocabulary as (
    select label
    from {{ ref('label_vocabulary') }}
    where classifier = '{{ classifier }}' and field = '{{ column_name }}'
)

select labels.{{ column_name }}
from {{ model }} as labels
left join vocabulary on labels.{{ column_name }} = vocabulary.label
where labels.{{ column_name }} is not null and vocabulary.label is null
{% endtest %}
