{%- set named_occupations = 10 -%}

with

judged as (
    select * from {{ ref('int_sessions__judged') }}
),

occupations as (
    select
        agent,
        labeller,
        user_occupation,
        row_number() over (
            partition by agent, labeller
            order by count(*) desc, user_occupation
        ) as size_rank
    from judged
    where user_occupation <> 'not_inferable'
    group by agent, labeller, user_occupation
),

-- One row per agent, occupation and labeller, so that no session is repeated.
final as (
    select
        -- keys
        judged.session_id,
        judged.labeller,
        -- facts
        coalesce(judged.work_mode, 'unknown') as work_mode_segment,
        coalesce(judged.expertise, 'unknown') as expertise_segment,
        coalesce(judged.price_tier, 'unknown') as value_band_segment,
        coalesce(nullif(judged.difficulty_tier, 'not_inferable'), 'unknown')
            as difficulty_tier_segment,
        case
            when judged.is_software_user then 'software'
            when not judged.is_software_user then 'other'
            else 'unknown'
        end as occupation_group_segment,
        case
            when judged.is_software_user then null
            when size_rank <= {{ named_occupations }} then judged.user_occupation
            when size_rank is not null then 'other_occupations'
        end as occupation_segment,
        case
            when judged.is_code_producing then 'yes'
            when not judged.is_code_producing then 'no'
            else 'unknown'
        end as code_producing_segment,
        coalesce(cast(cast(judged.success_score as bigint) as {{ type_string() }}), 'unknown')
            as success_score_segment,
        coalesce(cast(cast(judged.failure_score as bigint) as {{ type_string() }}), 'unknown')
            as failure_score_segment,
        case
            when judged.is_rated then coalesce(
                cast(cast(judged.success_rating as bigint) as {{ type_string() }}), 'unknown'
            )
        end as success_rating_segment,
        case
            when judged.is_rated then coalesce(
                cast(cast(judged.failure_rating as bigint) as {{ type_string() }}), 'unknown'
            )
        end as failure_rating_segment
    from judged
    left join occupations
        on
            judged.agent = occupations.agent
            and judged.labeller = occupations.labeller
            and judged.user_occupation = occupations.user_occupation
)

select *
from final
