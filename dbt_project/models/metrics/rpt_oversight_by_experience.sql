{{ figures_of('rpt_oversight_by_experience') }}
